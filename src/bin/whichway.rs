//! The command line; see `whichway::cli`.

fn main() -> std::process::ExitCode {
    whichway::cli::main()
}
