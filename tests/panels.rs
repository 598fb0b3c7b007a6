//! The page's panels, rendered to text from real logs: what they say, that the log stays text, that the page and the
//! command line say the same.
#![cfg(feature = "ssr")]

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, Waker};

use whichway::app::panel::charts::{
    DirectionsPanel, PortsPanel, Props as ChartProps, TimelinePanel,
};
use whichway::app::panel::empty::{Empty, Props as EmptyProps};
use whichway::app::panel::facts::{Headline, Props as HeadlineProps};
use whichway::app::panel::incident::{IncidentCard, Props as IncidentProps};
use whichway::app::panel::reading::{Props as ReadingProps, Reading};
use whichway::app::panel::sessions::{Props as SessionsProps, SessionsPanel};
use whichway::app::state::{Progress, Traffic};
use whichway::engine::dataset::SourceInfo;
use whichway::engine::pipeline::{self, Context, Range, Reader};
use whichway::engine::settings::Settings;
use whichway::engine::source::survey::Sample;
use whichway::worker::protocol::{Document, Kept, Numbers};
use whichway::worker::show::Open;
use whichway::worker::view::{Report, Rows, Sort};
use yew::prelude::*;
use yew::{BaseComponent, LocalServerRenderer};

/// Panels wait for nothing, so one poll renders them.
fn html<P: 'static, C: BaseComponent<Properties = P>>(props: P) -> String {
    let render = LocalServerRenderer::<C>::with_props(props)
        .hydratable(false)
        .render();
    let mut render = pin!(render);
    let mut context = TaskContext::from_waker(Waker::noop());
    for _ in 0..1000 {
        if let Poll::Ready(html) = render.as_mut().poll(&mut context) {
            return html;
        }
    }
    panic!("a panel waits for something");
}

fn open(name: &str, bytes: &[u8]) -> Open {
    let context = Context::survey(&Sample::of(bytes), 1_708_000_000_000_000).expect("text");
    let mut reader = Reader::new(&context, Range::whole(0), 1);
    reader.feed(bytes);
    let source = SourceInfo {
        name: name.into(),
        bytes: bytes.len() as u64,
        ..SourceInfo::default()
    };
    Open::new(pipeline::conclude(
        reader.finish().part,
        &Settings::default(),
        vec![source],
    ))
}

fn sample(path: &str) -> Open {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(path);
    open("sample.log", &std::fs::read(path).expect("a sample"))
}

fn numbers(open: &mut Open) -> Rc<Numbers> {
    match open.numbers(1, "") {
        Kept::Numbers(numbers) => Rc::from(numbers),
        other => panic!("{other:?}"),
    }
}

fn rows(open: &mut Open) -> Rc<Rows> {
    match open.rows(1, "", Sort::default(), 0, 100) {
        Kept::Rows { rows, .. } => Rc::new(rows),
        other => panic!("{other:?}"),
    }
}

fn headline(report: &Rc<Report>) -> String {
    html::<_, Headline>(HeadlineProps {
        report: Rc::clone(report),
        is_whole: true,
        zone: "UTC".into(),
        cleaned: Rc::default(),
        on: Callback::noop(),
    })
}

fn incident(report: &Report, nth: usize) -> String {
    html::<_, IncidentCard>(IncidentProps {
        incident: report.incidents[nth].clone(),
        is_open: true,
        on: Callback::noop(),
    })
}

fn table(rows: Rc<Rows>, n_all: u64, is_filtered: bool) -> String {
    html::<_, SessionsPanel>(SessionsProps {
        rows: Some(rows),
        n_all,
        first_row: 0,
        sort: Sort::default(),
        open_row: None,
        detail: None,
        is_filtered,
        on: Callback::noop(),
    })
}

fn charts(open: &mut Open) -> [String; 3] {
    let numbers = numbers(open);
    let props = || ChartProps {
        numbers: Rc::clone(&numbers),
        on: Callback::noop(),
        n_rows: usize::MAX,
        n_marks: usize::MAX,
    };
    [
        html::<_, DirectionsPanel>(props()),
        html::<_, PortsPanel>(props()),
        html::<_, TimelinePanel>(props()),
    ]
}

/// Text between tags.
fn text(html: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                out.push(' ');
            }
            letter if !in_tag => out.push(letter),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the policy refuses, or what would make something else than text of a log.
fn assert_lawful(html: &str) {
    for refused in [
        " style=",
        "<script",
        "<img",
        "javascript:",
        " onclick=",
        " onerror=",
        "<iframe",
        "<a href",
    ] {
        assert!(!html.contains(refused), "{refused} in {html}");
    }
}

fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).expect("samples") {
        let folder = folder.expect("a folder").path();
        found.extend(
            std::fs::read_dir(folder)
                .expect("a folder")
                .map(|file| file.expect("a file").path()),
        );
    }
    found.sort();
    found
}

#[test]
fn the_archetype_says_who_opened_the_connections() {
    let mut open = sample("fortigate/replies_blocked_5x.log");
    let report = Rc::new(open.report());
    let shown = text(&headline(&report));
    assert!(shown.contains("not calling out"), "{shown}");
    let card = incident(&report, 0);
    for id in ["incident", "evidence", "checks"] {
        assert!(card.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    assert!(
        card.contains("data-verdict=\"V01\"") && card.contains("is-answer"),
        "two arrows: {card}"
    );
    let table = table(rows(&mut open), report.n_sessions, false);
    assert_eq!(
        table.matches("data-testid=\"session-row\"").count(),
        14,
        "a window, not all rows"
    );
}

#[test]
fn every_panel_of_every_sample_is_lawful_and_adds_up() {
    for path in samples() {
        let bytes = std::fs::read(&path).expect("a sample");
        let mut open = open("sample.log", &bytes);
        let report = Rc::new(open.report());
        let tally = report.tally;
        assert_eq!(
            tally.lines,
            tally.event_lines + tally.other + tally.malformed + tally.foreign + tally.blank,
            "{}",
            path.display()
        );
        let numbers = numbers(&mut open);
        let summary = &numbers.summary;
        for total in [
            summary.directions.total(),
            summary.ports.total(),
            summary.timeline.total(),
        ] {
            assert_eq!(total, report.n_sessions, "{}", path.display());
        }
        let mut pages = vec![
            headline(&report),
            table(rows(&mut open), report.n_sessions, false),
        ];
        pages.extend(charts(&mut open));
        pages.extend((0..report.incidents.len()).map(|nth| incident(&report, nth)));
        for page in &pages {
            assert_lawful(page);
        }
    }
}

#[test]
fn the_page_says_what_the_command_line_says() {
    for path in samples() {
        let mut open = open("sample.log", &std::fs::read(&path).expect("a sample"));
        let report = open.report();
        let printed: serde_json::Value =
            serde_json::from_str(&open.print(Document::Report, "")).expect("JSON");
        assert_eq!(printed["headline"], report.headline, "{}", path.display());
        let incidents = printed["incidents"].as_array().expect("a list");
        assert_eq!(incidents.len() as u64, report.n_incidents);
        for (printed, shown) in incidents.iter().zip(&report.incidents) {
            assert_eq!(
                (&printed["id"], &printed["headline"], &printed["sentence"]),
                (
                    &shown.id.clone().into(),
                    &shown.headline.clone().into(),
                    &shown.sentence.clone().into()
                )
            );
        }
    }
}

#[test]
fn text_of_a_log_stays_text() {
    use std::fmt::Write;
    let payloads = [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "\u{202e}evil",
        "\u{1b}[31mred",
        "&lt;b&gt;",
    ];
    let mut log = String::new();
    for (nth, payload) in payloads.iter().enumerate() {
        writeln!(
            log,
            "date=2024-02-19 time=10:15:0{nth} devname=\"{payload}\" devid=\"FG0\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" srcip=10.0.0.1{nth} srcport=80 dstip=203.0.113.4{nth} dstport=5151{nth} proto=6 action=\"deny\" policyid=0 policyname=\"{payload}\" msg=\"no session matched\""
        )
        .expect("a String takes text");
    }
    let mut open = open("<b>evil</b>.log", log.as_bytes());
    let report = Rc::new(open.report());
    assert!(
        report
            .devices
            .iter()
            .any(|device| device.contains("onerror")),
        "{:?}",
        report.devices
    );
    let mut pages = vec![
        headline(&report),
        table(rows(&mut open), report.n_sessions, false),
    ];
    pages.extend(charts(&mut open));
    pages.extend((0..report.incidents.len()).map(|nth| incident(&report, nth)));
    for page in &pages {
        for raw in ["<img", "<script", "<b>evil", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(raw), "{raw:?} in {page}");
        }
    }
}

#[test]
fn charts_have_marks_and_a_table_with_the_same_numbers() {
    let mut open = sample("fortigate/office_day.log");
    let n_sessions = open.report().n_sessions;
    for (chart, id) in
        charts(&mut open)
            .iter()
            .zip(["chart-directions", "chart-ports", "chart-timeline"])
    {
        assert!(chart.contains(&format!("data-testid=\"{id}\"")), "{id}");
        assert!(
            chart.contains("tabindex=\"0\"") && chart.contains("<table"),
            "{id}"
        );
        assert!(!chart.contains("fill=\"#"), "{id} has a color of its own");
        // The column "All" adds up to all connections.
        let cells: Vec<&str> = chart.split("<tr>").skip(2).collect();
        let total: u64 = cells
            .iter()
            .filter_map(|row| row.split("<td class=\"num\">").nth(1))
            .filter_map(|cell| cell.split("</td>").next())
            .filter_map(|number| number.replace(',', "").parse::<u64>().ok())
            .sum();
        assert_eq!(total, n_sessions, "{id}");
    }
}

#[test]
fn the_empty_page_offers_everything_at_once() {
    let page = html::<_, Empty>(EmptyProps {
        traffic: Traffic::default(),
        is_locked: true,
        is_hovering: false,
        error: Some("The file is empty. (a.log)".into()),
        onfiles: Callback::noop(),
        onpaste: Callback::noop(),
        onexample: Callback::noop(),
    });
    for id in ["dropzone", "file-input", "paste", "privacy", "error"] {
        assert!(page.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    assert_eq!(page.matches("data-testid=\"example\"").count(), 4);
    assert!(text(&page).contains("The file is empty. (a.log)"));
    assert_lawful(&page);
}

#[test]
fn an_unlocked_page_says_so_loudly() {
    let page = |is_locked| {
        text(&html::<_, Empty>(EmptyProps {
            traffic: Traffic::default(),
            is_locked,
            is_hovering: false,
            error: None,
            onfiles: Callback::noop(),
            onpaste: Callback::noop(),
            onexample: Callback::noop(),
        }))
    };
    assert!(page(false).contains("This page is not locked"));
    assert!(!page(true).contains("not locked"));
}

#[test]
fn reading_says_how_far_how_fast_and_how_long() {
    let progress = Progress {
        n_bytes_read: 120_000_000,
        n_bytes_total: 480_000_000,
        seconds: 0.5,
    };
    let page = html::<_, Reading>(ReadingProps {
        progress,
        has_answer: true,
        n_workers: 2,
        oncancel: Callback::noop(),
    });
    let shown = text(&page);
    for part in [
        "120 MB of 480 MB",
        "240 MB a second",
        "2 seconds left",
        "Cancel",
        "20 percent read",
    ] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn an_empty_table_tells_filtered_away_from_nothing_there() {
    let none = Rc::new(Rows::default());
    assert!(text(&table(Rc::clone(&none), 36, true)).contains("filtered away"));
    assert!(text(&table(none, 0, false)).contains("holds no connections"));
}

#[test]
fn unknown_lines_are_shown_by_shape_and_can_be_taught() {
    use whichway::app::panel::unknown::{Props, UnknownPanel};
    use whichway::engine::source::Clock;
    use whichway::worker::show::teach::teaching;
    use whichway::worker::view::{ShapeOf, Teaching};

    let log = "10:15:02|192.0.2.11|443|203.0.113.45|51515|tcp|N<b>|x\n10:15:05|192.0.2.11|443|203.0.113.45|51516|tcp|J|x\n\
        <i>some</i> other thing\n";
    let report = Rc::new(open("bars.log", log.as_bytes()).report());
    let panel = |teaching: Option<Teaching>| {
        html::<_, UnknownPanel>(Props {
            report: Rc::clone(&report),
            is_asked: teaching.is_some(),
            teaching: teaching.map(Rc::new),
            mapping: AttrValue::default(),
            on: Callback::noop(),
            onlearn: Callback::noop(),
        })
    };
    let shapes = panel(None);
    assert!(
        shapes.contains("2 lines, the first in <bdi>bars.log</bdi>, line 1"),
        "{shapes}"
    );
    assert!(
        !shapes.contains("<i>") && !shapes.contains("<b>"),
        "{shapes}"
    );

    let lines: Vec<Vec<u8>> = log
        .lines()
        .take(2)
        .map(|line| line.as_bytes().to_vec())
        .collect();
    let of = ShapeOf::default();
    let guessed = teaching(of.clone(), &lines, "", Clock::default());
    assert!(guessed.is_whole && guessed.n_read == 2, "{guessed:?}");
    let words: Vec<&str> = guessed
        .columns
        .iter()
        .map(|column| column.word.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "",
            "source",
            "source port",
            "destination",
            "destination port",
            "protocol",
            "",
            ""
        ]
    );
    // What a person adds to the draft is read at once.
    let draft = guessed.draft.clone() + "time = 1\naction = 7\nallowed = J\ndenied = N<b>\n";
    let taught = teaching(of.clone(), &lines, &draft, Clock::default());
    let decisions: Vec<&str> = taught
        .preview
        .iter()
        .map(|line| line.as_ref().map_or("", |cells| cells[4].as_str()))
        .collect();
    assert_eq!(decisions, ["refused", "let through"]);
    let page = panel(Some(taught.clone()));
    for part in [
        "192.0.2.11:443",
        "refused",
        "8 columns between bars",
        "Read the log again with this",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        !page.contains("<b>") && page.contains("N&lt;b&gt;"),
        "{page}"
    );
    // Cut in another way, it is looked at anew; prose is nothing to cut.
    let again = teaching(
        of.clone(),
        &lines,
        "whichway mapping 1\ntable blank 3\n",
        Clock::default(),
    );
    assert_eq!(
        (again.split.as_str(), again.is_whole),
        ("table blank 3", false)
    );
    assert!(
        teaching(of, &[b"nothing here".to_vec()], "", Clock::default())
            .splits
            .is_empty()
    );
}
