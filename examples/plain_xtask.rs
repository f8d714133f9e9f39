//! An xtask without steps of its own: all of `xtask/src/main.rs` in a repository that wants `cargo xtask release`.

fn main() -> std::process::ExitCode {
    castoff::xtask()
}
