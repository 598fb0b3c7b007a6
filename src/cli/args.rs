//! What can be typed.

use super::Fault;
use crate::engine::model::{Host, Micros, ports, proto};
use clap::{Args as ClapArgs, Parser, Subcommand};
use ipnet::IpNet;
use std::path::PathBuf;

/// Reads firewall logs and says who really started each connection, why it was blocked, and whether it matters.
#[derive(Parser)]
#[command(
    name = "whichway",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
#[command(
    after_help = "Without a command, `whichway FILE...` is `whichway report FILE...`.\n\
    Exit status: 0 answer given, 1 a source could not be read, 2 wrong usage."
)]
pub struct Args {
    #[command(subcommand)]
    call: Option<Call>,
    #[command(flatten)]
    report: ReportArgs,
    /// Print the weights of all evidence, with their version
    #[arg(long, exclusive = true)]
    explain_weights: bool,
}

impl Args {
    pub fn into_call(self) -> Call {
        if self.explain_weights {
            return Call::Weights;
        }
        self.call.unwrap_or(Call::Report(self.report))
    }
}

#[derive(Subcommand)]
pub enum Call {
    /// The answer for a person: what happened, who started it, what to check
    Report(ReportArgs),
    /// What each line says, one JSON object per event
    Events(EventsArgs),
    /// Conversations with their initiator and verdict, one JSON object each
    Sessions(SessionsArgs),
    /// Findings, one JSON object each
    Incidents(IncidentsArgs),
    /// Numbers by direction, service, time, host and rule, as one JSON document
    Summary(SummaryArgs),
    /// What every field of a line means
    Explain(ExplainArgs),
    /// The log formats that are understood
    Formats(FormatsArgs),
    #[command(skip)]
    Weights,
}

#[derive(ClapArgs, Default)]
pub struct ReportArgs {
    /// One JSON document
    #[arg(long, conflicts_with_all = ["markdown", "html"])]
    pub json: bool,
    /// Markdown, for a ticket
    #[arg(long, conflicts_with = "html")]
    pub markdown: bool,
    /// One HTML file with pictures, which loads nothing
    #[arg(long)]
    pub html: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(ClapArgs)]
pub struct EventsArgs {
    /// Also the lines without an event, with what became of them
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(ClapArgs)]
pub struct SessionsArgs {
    /// Every statement that the judgement rests on
    #[arg(long)]
    pub evidence: bool,
    /// Every line number, not only the first sixteen
    #[arg(long, value_name = "WHICH", value_parser = ["all"])]
    pub lines: Option<String>,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(ClapArgs)]
pub struct IncidentsArgs {
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(ClapArgs)]
pub struct SummaryArgs {
    /// Also who talks to the internet and for what, services offered, ports that outsiders send to, what stands out
    #[arg(long)]
    pub normal: bool,
    #[command(flatten)]
    pub input: InputArgs,
}

#[derive(ClapArgs)]
pub struct ExplainArgs {
    /// One JSON document for each line, with byte offsets
    #[arg(long)]
    pub json: bool,
    /// A line of a log; without it, lines are read from standard input
    pub line: Option<String>,
}

#[derive(ClapArgs)]
pub struct FormatsArgs {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(ClapArgs, Default)]
pub struct InputArgs {
    /// Logs: files (also .gz), folders, or - for standard input; several are one input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A network of yours; may be given several times, or several with commas
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub ours: Vec<IpNet>,
    /// Zone of stamps that name none: Europe/Berlin, +02:00, UTC, local [default: UTC]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub tz: Option<String>,
    /// The present, for stamps without a year: 2026-11-22 or 2026-11-22T10:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// An idle limit of the firewall in seconds: tcp=3600, udp=30
    #[arg(long, value_name = "PROTO=SECONDS", value_delimiter = ',', value_parser = limit)]
    pub timeout: Vec<Limit>,
    /// A service that you offer: 8081/tcp
    #[arg(long, value_name = "PORT/PROTO", value_delimiter = ',', value_parser = service)]
    pub service: Vec<(u8, u16)>,
    /// A network that you know to be scanners
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub scanner: Vec<IpNet>,
    /// Addresses, networks, ports and names to look for, one a line; may be given several times
    #[arg(long, value_name = "FILE")]
    pub watch: Vec<PathBuf>,
    /// What the columns of unknown lines hold, as the page exports it; may be given several times
    #[arg(long, value_name = "FILE")]
    pub mapping: Vec<PathBuf>,
    /// A log of a normal day, or a folder of them: what is new, gone, much more or much less often
    #[arg(long, value_name = "FILE")]
    pub baseline: Vec<PathBuf>,
    /// How many threads read [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Stop reading when what is remembered of the logs takes more, and say so: 500M, 2G
    #[arg(long, value_name = "SIZE", value_parser = super::memory::size)]
    pub memory: Option<u64>,
    /// Only sessions that pass: dir:inbound port:443 -src:203.0.113.7
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Say on standard error how far reading is
    #[arg(long)]
    pub progress: bool,
}

impl InputArgs {
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }

    /// Microseconds since the epoch.
    pub fn now(&self) -> Result<Micros, Fault> {
        let Some(text) = &self.now else {
            return Ok(jiff::Timestamp::now().as_microsecond());
        };
        let moment = text.parse::<jiff::Timestamp>().or_else(|_| {
            let local = text.parse::<jiff::civil::DateTime>()?;
            Ok::<jiff::Timestamp, jiff::Error>(local.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp())
        });
        let wrong = |_| {
            Fault::Usage(format!(
                "--now {text}: this is no time; write 2026-11-22 or 2026-11-22T10:00:00Z"
            ))
        };
        moment.map(jiff::Timestamp::as_microsecond).map_err(wrong)
    }
}

/// An idle limit.
#[derive(Clone, Copy)]
pub struct Limit {
    pub proto: LimitOf,
    pub seconds: u32,
}

#[derive(Clone, Copy)]
pub enum LimitOf {
    Tcp,
    Udp,
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(network) = text.parse::<IpNet>() {
        return Ok(network.trunc());
    }
    let host = Host::parse(text.as_bytes()).and_then(Host::ip);
    host.map(IpNet::from)
        .ok_or_else(|| "write a network such as 10.0.0.0/8, or an address".to_string())
}

fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || "write tcp=3600 or udp=30".to_string();
    let (name, seconds) = text.split_once('=').ok_or_else(wrong)?;
    let proto = match name {
        "tcp" => LimitOf::Tcp,
        "udp" => LimitOf::Udp,
        _ => return Err(wrong()),
    };
    Ok(Limit {
        proto,
        seconds: seconds.parse().map_err(|_| wrong())?,
    })
}

fn service(text: &str) -> Result<(u8, u16), String> {
    let wrong = || "write a port and a protocol, such as 8081/tcp".to_string();
    let (port, name) = text.split_once('/').unwrap_or((text, "tcp"));
    let port = port
        .parse()
        .ok()
        .or_else(|| ports::by_name(port))
        .ok_or_else(wrong)?;
    Ok((proto::parse(name.as_bytes()).ok_or_else(wrong)?, port))
}
