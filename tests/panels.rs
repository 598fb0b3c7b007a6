//! The page's panels, rendered to text from real logs: what they say, that the log stays text, that the page and the
//! command line say the same.
#![cfg(feature = "ssr")]

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll, Waker};

use whichway::app::overrule::Overrule;
use whichway::app::panel::besides::{BesidesPanel, Props as BesidesProps};
use whichway::app::panel::charts::{
    DirectionsPanel, PortsPanel, Props as ChartProps, TimelinePanel,
};
use whichway::app::panel::empty::{Empty, Props as EmptyProps};
use whichway::app::panel::facts;
use whichway::app::panel::incident::{IncidentCard, Props as IncidentProps};
use whichway::app::panel::overrules::overrules_panel;
use whichway::app::panel::reading::reading;
use whichway::app::panel::sessions::{Props as SessionsProps, SessionsPanel};
use whichway::app::state::{Progress, Traffic};
use whichway::engine::dataset::SourceInfo;
use whichway::engine::normal::profile;
use whichway::engine::pipeline::{self, Context, Range, Reader};
use whichway::engine::settings::Settings;
use whichway::engine::source::survey::Sample;
use whichway::engine::summary::Index;
use whichway::engine::watch::WatchList;
use whichway::worker::look::{Look, Looked, has_picture};
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

#[derive(Properties, PartialEq)]
struct DrawnProps {
    content: Html,
}

/// What needs no state of its own is a function; this puts its outcome into a page.
#[component]
fn Drawn(props: &DrawnProps) -> Html {
    props.content.clone()
}

fn drawn(content: Html) -> String {
    html::<_, Drawn>(DrawnProps { content })
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

fn headline(report: &Report) -> String {
    drawn(facts::headline(report, "UTC", &[], &Callback::noop()))
}

fn incident(report: &Report, nth: usize) -> String {
    html::<_, IncidentCard>(IncidentProps {
        incident: report.incidents[nth].clone(),
        is_open: true,
        looked: None,
        on: Callback::noop(),
    })
}

/// An incident with its picture.
fn pictured(open: &Open, report: &Report, nth: usize) -> String {
    let incident = report.incidents[nth].clone();
    let looked = open.look(&Look::Picture(incident.id.clone()), None);
    html::<_, IncidentCard>(IncidentProps {
        incident,
        is_open: true,
        looked: looked.map(Rc::new),
        on: Callback::noop(),
    })
}

fn beside(look: Look, looked: Option<Looked>, says: &'static str) -> String {
    html::<_, BesidesPanel>(BesidesProps {
        look,
        is_open: true,
        looked: looked.map(Rc::new),
        says: says.into(),
        onbring: Callback::noop(),
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
fn the_picture_of_forged_senders_blames_nobody_here() {
    let mut open = sample("netfilter/backscatter.log");
    let card = incident(&open.report(), 0);
    assert!(card.contains("data-verdict=\"V06\""), "{card}");
    let shown = text(&card);
    assert!(shown.contains("your address, forged"), "{shown}");
    assert!(shown.contains("sent by somebody else"), "{shown}");
    for untrue in ["opened by", "your machine", "visitor"] {
        assert!(!shown.contains(untrue), "{untrue}: {shown}");
    }
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
    let page = drawn(reading(progress, true, 2, &Callback::noop()));
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
    use whichway::app::panel::unknown::{Props, unknown_panel};
    use whichway::engine::source::Clock;
    use whichway::worker::show::teach::teaching;
    use whichway::worker::view::{ShapeOf, Teaching};

    let log = "10:15:02|192.0.2.11|443|203.0.113.45|51515|tcp|N<b>|x\n10:15:05|192.0.2.11|443|203.0.113.45|51516|tcp|J|x\n\
        <i>some</i> other thing\n";
    let report = Rc::new(open("bars.log", log.as_bytes()).report());
    let panel = |teaching: Option<Teaching>| {
        drawn(unknown_panel(&Props {
            report: Rc::clone(&report),
            is_asked: teaching.is_some(),
            teaching: teaching.map(Rc::new),
            mapping: AttrValue::default(),
            on: Callback::noop(),
            onlearn: Callback::noop(),
        }))
    };
    let shapes = panel(None);
    assert!(
        shapes.contains("2 lines, the first in <bdi class=\"told\">bars.log</bdi>, line 1"),
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

#[test]
fn the_normal_day_names_talkers_services_and_ports() {
    for path in samples() {
        let open = open("sample.log", &std::fs::read(&path).expect("a sample"));
        let page = beside(Look::Normal, open.look(&Look::Normal, None), "");
        assert_lawful(&page);
        assert_eq!(
            page.matches("<section class=\"looked\"").count(),
            5,
            "{}",
            path.display()
        );
    }
    let office = sample("fortigate/office_day.log");
    let page = beside(Look::Normal, office.look(&Look::Normal, None), "");
    assert!(page.contains("data-testid=\"normal\"") && page.contains("aria-expanded=\"true\""));
    let shown = text(&page);
    assert!(
        shown.contains("Who talks to the internet, and for what"),
        "{shown}"
    );
    assert!(shown.contains("(https)"), "{shown}");
    let scan = sample("netfilter/ufw_host.log");
    let shown = text(&beside(Look::Normal, scan.look(&Look::Normal, None), ""));
    assert!(shown.contains("attempts"), "{shown}");
    let forged = sample("netfilter/backscatter.log");
    let shown = text(&beside(Look::Normal, forged.look(&Look::Normal, None), ""));
    assert!(shown.contains("answers nobody asked for"), "{shown}");
}

#[test]
fn another_log_is_asked_for_and_then_held_beside() {
    let office = sample("fortigate/office_day.log");
    let asking = beside(Look::Changes, None, "");
    for id in ["baseline", "baseline-text", "baseline-file"] {
        assert!(asking.contains(&format!("data-testid=\"{id}\"")), "{id}");
    }
    assert!(!asking.contains("Working it out") && !asking.contains("Take it away"));
    let same = profile(&office.data, &Index::new(&office.data, 1));
    let looked = office.look(&Look::Changes, Some(&same));
    let shown = text(&beside(
        Look::Changes,
        looked,
        "The normal day is a.log: 3 connections.",
    ));
    assert!(
        shown.contains("Nothing differs from the normal day") && shown.contains("Take it away"),
        "{shown}"
    );
    assert!(office.look(&Look::Changes, None).is_none());
}

#[test]
fn a_watch_list_shows_what_was_let_through_first() {
    let mut open = sample("fortigate/office_day.log");
    let ends = |open: &Open, verdict: &str| {
        let report = pipeline_sessions(open);
        report
            .into_iter()
            .find(|(own, _)| own == verdict)
            .map(|(_, host)| host)
            .expect("a session")
    };
    let (refused, passed) = (ends(&open, "denied"), ends(&open, "allowed"));
    let list = format!("{refused} # stopped\n{passed},<b>let through</b>\n192.0.2.199\n");
    open.rejudge(&Settings {
        watch: Some(std::sync::Arc::new(WatchList::read(&list))),
        ..Settings::default()
    });
    let page = beside(
        Look::Watch,
        open.look(&Look::Watch, None),
        "Watching for 3 entries.",
    );
    assert_lawful(&page);
    assert!(!page.contains("<b>let"));
    let shown = text(&page);
    let place = |host: &str| {
        page.find(&format!(">{host}<"))
            .unwrap_or_else(|| panic!("{host} in {shown}"))
    };
    assert!(place(&passed) < place(&refused), "{shown}");
    assert!(shown.contains("2 of 3 entries of your list met"), "{shown}");
}

/// ("allowed" or "denied", the responder's address) of each session that is one of the two and shares the address with
/// none of the other kind.
fn pipeline_sessions(open: &Open) -> Vec<(String, String)> {
    use whichway::engine::dataset::Facts;
    let data = &open.data;
    let of = |wanted: u32, other: u32| {
        let hosts = |fact: u32| {
            let some = data
                .sessions
                .iter()
                .filter(move |session| session.facts.has(fact));
            some.filter_map(|session| Some(session.parties(data)?.1.host.text(&data.names)))
                .collect::<Vec<_>>()
        };
        let others = hosts(other);
        hosts(wanted)
            .into_iter()
            .filter(move |host| !others.contains(host))
            .collect::<Vec<_>>()
    };
    let named = |name: &str, hosts: Vec<String>| {
        hosts
            .into_iter()
            .map(|host| (name.to_string(), host))
            .collect::<Vec<_>>()
    };
    let mut all = named("allowed", of(Facts::ALLOWED, Facts::DENIED));
    all.extend(named("denied", of(Facts::DENIED, Facts::ALLOWED)));
    all
}

#[test]
fn beacons_and_scans_are_drawn_with_a_table_beside() {
    let mut n_drawn = 0;
    let mut logs: Vec<Open> = samples()
        .iter()
        .map(|path| open("sample.log", &std::fs::read(path).expect("a sample")))
        .collect();
    logs.push(open("beacon.log", beacon().as_bytes()));
    for open in &mut logs {
        let report = open.report();
        for (nth, incident) in report.incidents.iter().enumerate() {
            if !has_picture(&incident.verdict) {
                assert!(
                    open.look(&Look::Picture(incident.id.clone()), None)
                        .is_none()
                );
                continue;
            }
            let card = pictured(open, &report, nth);
            assert_lawful(&card);
            assert!(
                card.contains("data-testid=\"picture\"") && card.contains("tabindex=\"0\""),
                "{card}"
            );
            // The table has the same attempts as the incident.
            let story = card
                .split("data-testid=\"picture\"")
                .nth(1)
                .expect("a picture");
            let story = story.split("</figure>").next().expect("its end");
            let cells = story
                .split("<tr>")
                .skip(2)
                .filter_map(|row| row.split("class=\"num\">").nth(1));
            let total: u64 = cells
                .map(|cell| text(&format!("<{cell}")))
                .filter_map(|cell| cell.split(' ').next()?.replace(',', "").parse::<u64>().ok())
                .sum();
            assert!(
                total > 0 && total <= incident.n_sessions,
                "{total} of {}",
                incident.n_sessions
            );
            n_drawn += 1;
        }
    }
    assert!(n_drawn >= 2, "{n_drawn} pictures");
}

/// A call every ten minutes for eight hours, each a little early or late.
fn beacon() -> String {
    let call = |nth: usize| {
        let second = nth * 600 + nth * 7919 % 41;
        format!(
            "Feb 19 {:02}:{:02}:{:02} gate kernel: ACCEPT IN=lan0 OUT=wan0 SRC=10.0.0.5 DST=203.0.113.9 LEN=60 TOS=0x00 TTL=63 ID=1 DF PROTO=TCP SPT={} DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0\n",
            second / 3600,
            second / 60 % 60,
            second % 60,
            50_000 + nth
        )
    };
    (0..48).map(call).collect()
}

#[test]
fn what_the_reader_knows_better_can_be_said_and_taken_back() {
    let mut open = sample("fortigate/replies_blocked_5x.log");
    let report = open.report();
    let card = incident(&report, 0);
    let shown = text(&card);
    assert!(card.contains("data-testid=\"overrule\""), "{shown}");
    for part in ["is not ours", "is ours", "80/tcp is a service", "scanner"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    let none = drawn(overrules_panel(&Settings::default(), &Callback::noop()));
    assert!(!none.contains("You said"));
    let visitor = report.incidents[0].initiators[0].clone();
    let settings = Overrule::Scanner(visitor.clone()).apply(&Settings::default(), true);
    let said = drawn(overrules_panel(&settings, &Callback::noop()));
    assert!(
        text(&said).contains(&format!("{visitor} is a scanner")),
        "{said}"
    );
    assert!(said.contains("Take back"));
}

#[test]
fn overrules_change_the_judgement() {
    use whichway::engine::dataset::{Direction, Verdict};
    let knock = |nth: u32| {
        format!(
            "Feb 19 10:00:{:02} gate kernel: DROP IN=wan0 OUT=lan0 SRC=198.51.100.7 DST=10.0.0.11 LEN=60 TOS=0x00 TTL=63 ID=1 DF PROTO=TCP SPT={} DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0\n",
            nth * 9,
            50_000 + nth
        )
    };
    let log: String = (0..6).map(knock).collect();
    let mut open = open("few.log", log.as_bytes());
    let verdicts = |open: &Open| {
        let all = open.data.sessions.iter();
        all.map(|session| (session.verdict, session.direction))
            .collect::<Vec<_>>()
    };
    assert!(
        verdicts(&open)
            .iter()
            .all(|seen| *seen == (Verdict::BlockedInbound, Direction::Inbound))
    );
    let named = Overrule::Scanner("198.51.100.7".into()).apply(&Settings::default(), true);
    open.rejudge(&named);
    assert!(
        verdicts(&open)
            .iter()
            .all(|seen| *seen == (Verdict::Scan, Direction::Inbound))
    );
    assert!(
        open.report().incidents[0]
            .evidence_for
            .iter()
            .any(|reason| reason.text.contains("You called"))
    );
    let ours = Overrule::Ours("198.51.100.7".into()).apply(&Settings::default(), true);
    open.rejudge(&ours);
    assert!(
        verdicts(&open)
            .iter()
            .all(|(_, direction)| *direction == Direction::Internal)
    );
    // One machine of a net of ours may be somebody else's.
    let mut settings = Overrule::Ours("10.0.0.0/8".into()).apply(&Settings::default(), true);
    settings = Overrule::Theirs("10.0.0.11".into()).apply(&settings, true);
    open.rejudge(&settings);
    assert!(
        verdicts(&open)
            .iter()
            .all(|(_, direction)| *direction == Direction::Transit)
    );
    open.rejudge(&Settings::default());
    assert!(
        verdicts(&open)
            .iter()
            .all(|seen| *seen == (Verdict::BlockedInbound, Direction::Inbound))
    );
}
