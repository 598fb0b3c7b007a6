use std::time::Instant;
use whichway::engine::format::{FORMATS, Sink};
use whichway::engine::model::Names;
use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::source::Sample;
use whichway::engine::source::{
    Clock, LineEnds, Lines,
    cleanup::{Cleaner, Plan},
    header,
};

fn read(text: &[u8], what: &str) -> f64 {
    let t = Instant::now();
    match what {
        "read" => {
            let Ok(c) = Context::survey(&Sample::of(text), 1_800_000_000_000_000) else {
                return 0.0;
            };
            let mut r = Reader::new(&c, Range::whole(0), 7);
            r.feed(text);
            let p = r.finish().part;
            conclude(p, &Default::default(), vec![Default::default()]);
        }
        "gloss" => {
            let clock = Clock {
                now: 1_800_000_000_000_000,
            };
            let _ = header::split(text, &clock);
            for f in FORMATS {
                let t1 = Instant::now();
                let _ = f.gloss(text, None);
                let d = t1.elapsed().as_secs_f64();
                if d > 0.05 {
                    println!("   gloss {} {:.3}", f.about().id, d);
                }
            }
        }
        "each" => {
            let clock = Clock {
                now: 1_800_000_000_000_000,
            };
            let rec = header::split(text, &clock);
            for f in FORMATS {
                let mut n = Names::default();
                let mut s = Sink::default();
                let t1 = Instant::now();
                let mut p = f.open(clock);
                p.parse(&rec, &mut n, &mut s);
                let d = t1.elapsed().as_secs_f64();
                if d > 0.02 {
                    println!("   parse {} {:.3}", f.about().id, d);
                }
            }
        }
        _ => {
            let mut c = Cleaner::new(Plan::ALL);
            let mut l = Lines::new(LineEnds::Lf, 0);
            let mut n = 0u64;
            let mut k = 0;
            l.feed(text, &mut |line| {
                c.feed(line, n, &mut |_| k += 1);
                n += 1;
            });
            l.finish(&mut |line| {
                c.feed(line, n, &mut |_| k += 1);
                n += 1;
            });
            c.finish(&mut |_| k += 1);
        }
    }
    t.elapsed().as_secs_f64()
}
fn main() {
    let only = std::env::args().nth(1);
    for d in std::fs::read_dir("samples").unwrap() {
        let d = d.unwrap().path();
        let name = d.file_name().unwrap().to_string_lossy().into_owned();
        if only.as_deref().is_some_and(|o| o != name) {
            continue;
        }
        let mut lines: Vec<Vec<u8>> = vec![];
        for f in std::fs::read_dir(&d).unwrap() {
            let t = std::fs::read(f.unwrap().path()).unwrap();
            lines.extend(
                t.split(|b| *b == b'\n')
                    .filter(|l| !l.is_empty())
                    .take(6)
                    .map(<[u8]>::to_vec),
            );
        }
        for line in &lines {
            let mut variants: Vec<(String, Vec<u8>)> = vec![];
            let fill = |unit: &[u8]| unit.repeat(65_000 / unit.len().max(1));
            variants.push(("whole".into(), fill(line)));
            variants.push(("whole ".into(), fill(&[line, &b" "[..]].concat())));
            for c in b"\"[]{}=: ,.<>&|-(;/'\\0a%\t" {
                for at in [line.len() / 4, line.len() / 2, line.len()] {
                    let mut v = line[..at].to_vec();
                    v.extend(vec![*c; 60_000]);
                    v.extend(&line[at..]);
                    variants.push((format!("char {:?} at {at}", *c as char), v));
                }
            }
            for word in line.split(|b| *b == b' ').take(8) {
                if word.is_empty() {
                    continue;
                }
                let mut v = line.clone();
                v.push(b' ');
                v.extend(fill(&[word, b" "].concat()));
                v.truncate(65_000);
                variants.push((format!("word {}", String::from_utf8_lossy(word)), v));
                let mut v = vec![];
                v.extend(fill(&[word, b"\n"].concat()));
                variants.push((format!("lines {}", String::from_utf8_lossy(word)), v));
            }
            for (what, v) in &variants {
                for how in ["read", "clean", "gloss", "each"] {
                    let s = read(v, how);
                    if s > 0.1 {
                        println!(
                            "{name} {what} {how} {s:.3} of {}",
                            String::from_utf8_lossy(&line[..line.len().min(60)])
                        );
                    }
                }
            }
        }
    }
}
