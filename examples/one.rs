use whichway::engine::pipeline::{Context, Range, Reader, conclude};
use whichway::engine::source::Sample;
fn main() {
    let text = std::fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let t = std::time::Instant::now();
    let c = Context::survey(&Sample::of(&text), 1_800_000_000_000_000).unwrap();
    println!("survey {:?} {:?}", t.elapsed(), c.survey.plan);
    let t = std::time::Instant::now();
    let mut r = Reader::new(&c, Range::whole(0), 7);
    r.feed(&text);
    let p = r.finish().part;
    println!("read {:?}", t.elapsed());
    let t = std::time::Instant::now();
    conclude(p, &Default::default(), vec![Default::default()]);
    println!("conclude {:?}", t.elapsed());
}
