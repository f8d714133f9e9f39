//! `cargo xtask release`, `cargo xtask plan`, …: castoff as a part of this repository. Steps of its own (gates, hooks, an
//! ecosystem, a registry, a format of release notes) are added with `castoff::Xtask`.

fn main() -> std::process::ExitCode {
    castoff::xtask()
}
