//! The `millrace` binary.

use std::process::ExitCode;

/// Reserves address space without committing memory: a hostile array length in a request makes the message codec reserve up to
/// hundreds of gigabytes before it finds the bytes missing, which the system's allocator refuses by ending the process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    millrace::main()
}
