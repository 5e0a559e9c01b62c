//! A program that holds one way to block and nothing else, for the comparison of sizes.

fn main() {
    println!("{}", dlms_bench::converse::runtime());
}
