//! Prints what the lantern does.

fn main() {
    println!("{}", lantern::shine());
}
