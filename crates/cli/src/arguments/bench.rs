//! `haven bench`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct BenchArguments {
    /// A folder of NDJSON (.gz and .zst too) to measure on; a made-up clinic without it
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// How many resources: a part of the data, or more of it under new ids
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub resources: Option<u32>,
}
