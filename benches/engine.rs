//! Times each stage of the engine on one thread: `cargo bench --bench engine -- FILE`.
//! Without a file it reads the sample logs, many times over.

use std::io::Read;
use std::time::{Duration, Instant};
use whichway::engine::dataset::{Dataset, SourceInfo};
use whichway::engine::pipeline::{Context, Range, Reader, conclude, rejudge};
use whichway::engine::session::Partial;
use whichway::engine::settings::Settings;
use whichway::engine::slices::Hands;

const CHUNK_BYTES: usize = 2 << 20;

fn main() {
    let file = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let Some(file) = file else {
        println!("no file given: cargo bench --bench engine -- FILE");
        return;
    };
    let length = std::fs::metadata(&file).map_or(0, |meta| meta.len());
    let floor = timed(|| {
        stream(&file, 0, length, |chunk| {
            std::hint::black_box(chunk).len() > usize::MAX - 1
        });
    })
    .1;
    let context = Context {
        now: 1_800_000_000_000_000,
        ..Context::default()
    };
    let settings = Settings::default();
    let read = |source: u16, start: u64, end: u64| {
        let mut reader = Reader::new(&context, Range { source, start, end }, 42);
        stream(&file, reader.from(), length, |chunk| !reader.feed(chunk));
        reader.finish().part
    };
    let (whole, reading) = timed(|| read(0, 0, u64::MAX));
    let tally = whole.tallies[&0];
    let (n_keys, n_beats) = (whole.keys.len(), whole.beats.len());
    let (bytes, writing) = timed(|| whole.to_bytes());
    let (halves, _) = timed(|| (read(0, 0, length / 2), read(0, length / 2, u64::MAX)));
    let (merged, merging) = timed(|| halves.0.merge(halves.1));
    assert_eq!(merged.beats.len(), n_beats);
    let (again, parsing) = timed(|| Partial::from_bytes(&bytes, 42).expect("own bytes"));
    drop(whole);
    let sources = vec![SourceInfo {
        name: "bench".into(),
        ..SourceInfo::default()
    }];
    let (mut data, concluding) = timed(|| conclude(again, &settings, sources));
    let per_second = |time: Duration| tally.lines as f64 / time.as_secs_f64() / 1e6;
    println!(
        "lines {}  bytes {}  mean {} B  keys {n_keys}  beats {n_beats}  sessions {}",
        tally.lines,
        length,
        length / tally.lines.max(1),
        data.sessions.len()
    );
    println!(
        "floor    {floor:>10.1?}  {:.2} GB/s",
        length as f64 / floor.as_secs_f64() / 1e9
    );
    println!(
        "read     {reading:>10.1?}  {:.2} GB/s  {:.2} M lines/s",
        length as f64 / reading.as_secs_f64() / 1e9,
        per_second(reading)
    );
    println!("to_bytes {writing:>10.1?}  {} MB", bytes.len() / 1_000_000);
    println!("from     {parsing:>10.1?}");
    println!("merge    {merging:>10.1?}  two halves");
    println!("conclude {concluding:>10.1?}");
    judge_again(&mut data);
}

/// What a person may say of networks: nothing, whose all of the bench's machines are, that many of them are a stranger's.
const NAMED: [(&str, &str); 3] = [("", ""), ("10.0.0.0/8", ""), ("", "10.0.0.0/15")];
const ROUNDS: usize = 5;

/// Each judgement is of other settings than the one before; by one processor and by all there are, in turns.
fn judge_again(data: &mut Dataset) {
    let mut by = [
        ("one processor", Hands::exactly(1), Vec::new()),
        ("all of them", Hands::default(), Vec::new()),
    ];
    let per_million = 1e6 / data.sessions.len().max(1) as f64;
    // Three settings and two kinds of hands: six judgements meet each pair once.
    for nth in 0..ROUNDS * 6 {
        let (ours, theirs) = NAMED[nth % 3];
        let settings = Settings {
            ours: ours.parse().into_iter().collect(),
            theirs: theirs.parse().into_iter().collect(),
            ..Settings::default()
        };
        let (_, hands, times) = &mut by[nth % 2];
        data.hands = *hands;
        let ((), time) = timed(|| rejudge(data, &settings));
        times.push(time.as_secs_f64() * per_million);
    }
    for (who, _, mut times) in by {
        times.sort_by(f64::total_cmp);
        println!(
            "judge    {:>8.2} s  per million sessions, again after a changed setting, by {who}; at best {:.2} s",
            times[times.len() / 2],
            times[0]
        );
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Hands out the file from an offset until the taker has enough.
fn stream(file: &str, from: u64, length: u64, mut take: impl FnMut(&[u8]) -> bool) {
    use std::io::Seek;
    let mut input = std::fs::File::open(file).expect("the bench file can be opened");
    input
        .seek(std::io::SeekFrom::Start(from))
        .expect("the bench file can be sought");
    let mut buffer = vec![0; CHUNK_BYTES.min(length as usize + 1)];
    loop {
        let n = input.read(&mut buffer).expect("the bench file can be read");
        if n == 0 || take(&buffer[..n]) {
            return;
        }
    }
}
