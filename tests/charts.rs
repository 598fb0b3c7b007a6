//! Charts: the recorded scene, printed as SVG, against golden pictures; and no label overlaps or is cut at any width.
#![cfg(feature = "chart")]

use whichway::chart::scene::{Form, Scene};
use whichway::chart::svg::Ink;
use whichway::chart::{Palette, directions, ports, raster, rhythm, timeline};
use whichway::engine::dataset::Outcome;
use whichway::engine::model::proto;
use whichway::engine::summary::Split;
use whichway::engine::summary::directions::Directions;
use whichway::engine::summary::ports::{PortRow, Ports};
use whichway::engine::summary::raster::{Cell, Line, Raster};
use whichway::engine::summary::rhythm::Calls;
use whichway::engine::summary::timeline::{Gap, Timeline};

fn split(parts: &[(Outcome, u64)]) -> Split {
    let mut split = Split::default();
    for (outcome, n) in parts {
        split.0[*outcome as usize] = *n;
    }
    split
}

fn some_directions() -> Directions {
    use Outcome::{Blocked, Noise, Refused, ReplyBlocked, Unanswered, Unknown, Worked};
    let mut directions = Directions::default();
    let splits = [
        split(&[(Worked, 1004), (ReplyBlocked, 698)]),
        split(&[(Worked, 60), (Blocked, 30), (Refused, 4), (Unanswered, 2)]),
        split(&[(Worked, 41)]),
        split(&[]),
        split(&[(Blocked, 7)]),
        split(&[]),
        split(&[(Noise, 12)]),
        split(&[(Unknown, 27)]),
    ];
    for (row, split) in directions.rows.iter_mut().zip(splits) {
        row.split = split;
    }
    directions
}

fn some_ports() -> Ports {
    use Outcome::{Blocked, ReplyBlocked, Unanswered, Unknown, Worked};
    let row = |port: u16, name: Option<&str>, split: Split| PortRow {
        proto: proto::TCP,
        port: Some(port),
        decided: true,
        name: name.map(String::from),
        odd: port == 249,
        note: (port == 249).then(|| "reserved by IANA: no service has this port".to_string()),
        split,
        ..PortRow::default()
    };
    let undecided = PortRow {
        proto: proto::TCP,
        split: split(&[(Unknown, 27)]),
        ..PortRow::default()
    };
    Ports {
        rows: vec![
            row(
                80,
                Some("http"),
                split(&[(Worked, 942), (ReplyBlocked, 698)]),
            ),
            row(443, Some("https"), split(&[(Worked, 118)])),
            row(22, Some("ssh"), split(&[(Blocked, 41)])),
            undecided,
            row(8443, Some("https-alt <script>"), split(&[(Unanswered, 9)])),
            row(249, None, split(&[(Blocked, 3)])),
            row(5060, Some("sip"), split(&[(Blocked, 2)])),
        ],
        n_services: 31,
        rest: split(&[(Blocked, 40)]),
    }
}

fn some_times() -> Timeline {
    use Outcome::{Blocked, ReplyBlocked, Worked};
    let minute = 60_000_000;
    let start = 1_392_796_800_000_000;
    let bins = (0..120_u64).map(|at| {
        let is_gap = (70..85).contains(&at);
        if is_gap {
            return Split::default();
        }
        split(&[
            (Worked, 20 + at * 37 % 11),
            (
                ReplyBlocked,
                if (56..66).contains(&at) {
                    34
                } else {
                    at * 13 % 7
                },
            ),
            (Blocked, at % 3),
        ])
    });
    Timeline {
        bin_us: minute,
        start,
        bins: bins.collect(),
        gaps: vec![Gap {
            from: start + 70 * minute,
            to: start + 85 * minute,
            said: false,
        }],
        ..Timeline::default()
    }
}

/// A call every five minutes for three hours, every ninth one missed.
fn some_calls() -> Calls {
    let (minute, start) = (60_000_000, 1_392_796_800_000_000);
    let calls = (0..36_i64).filter(|nth| nth % 9 != 8);
    let calls: Vec<i64> = calls
        .map(|nth| start + nth * 5 * minute + nth * 7919 % 31 * 1_000_000)
        .collect();
    Calls {
        client: "10.20.1.14".into(),
        period_us: 5 * minute,
        n_periods_a_row: 12,
        first: calls[0],
        n_calls: calls.len() as u64,
        calls,
        filter: "incident:0011223344556677".into(),
    }
}

/// Four machines at thirty ports; one door stood open.
fn some_tries() -> Raster {
    let line = |label: String, n: u32, n_answered: u32| Line {
        filter: Some(format!("server:{label}")),
        label,
        n,
        n_answered,
    };
    let mut raster = Raster {
        rows: (0..4)
            .map(|at| line(format!("10.20.1.{}", 9 + at), 30, u32::from(at == 2)))
            .collect(),
        columns: (0..30)
            .map(|at| line(format!("{}", 20 + at), 4, u32::from(at == 5)))
            .collect(),
        cells: vec![
            Cell {
                n: 1,
                n_answered: 0
            };
            120
        ],
        n_targets: 4,
        n_ports: 30,
    };
    raster.cells[65].n_answered = 1;
    raster.cells[17].n = 0;
    raster
}

fn golden(name: &str, scene: &Scene) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, scene.to_svg(&Ink::Fixed(&Palette::paper())));
    });
}

#[test]
fn charts_are_as_they_were() {
    golden(
        "directions_wide",
        &directions::scene(&some_directions(), 560),
    );
    golden(
        "directions_narrow",
        &directions::scene(&some_directions(), 300),
    );
    golden("ports_wide", &ports::scene(&some_ports(), 560, 6));
    golden("ports_narrow", &ports::scene(&some_ports(), 300, 6));
    for (width, name) in [(560, "wide"), (300, "narrow")] {
        golden(
            &format!("rhythm_{name}"),
            &rhythm::scene(&some_calls(), width),
        );
        golden(
            &format!("raster_{name}"),
            &raster::scene(&some_tries(), width),
        );
    }
    golden("timeline_wide", &timeline::scene(&some_times(), 560, 0));
    golden(
        "timeline_narrow",
        &timeline::scene(&some_times(), 300, 3600),
    );
}

#[test]
fn on_a_page_colors_are_properties_of_the_theme() {
    let svg = directions::scene(&some_directions(), 400).to_svg(&Ink::Properties);
    assert!(
        svg.contains("fill=\"var(--orphan)\"") && svg.contains("url(#texture-slash)"),
        "{svg}"
    );
    assert!(
        !svg.contains("fill=\"#") && !svg.contains("style="),
        "{svg}"
    );
}

/// Texts stay inside the picture and off each other.
fn check(what: &str, scene: &Scene) {
    let texts: Vec<_> = scene
        .shapes
        .iter()
        .filter_map(|shape| match &shape.form {
            Form::Text { text, .. } => Some((text.clone(), shape.form.bounds())),
            _ => None,
        })
        .collect();
    let (width, height) = (scene.width as i32, scene.height as i32);
    for shape in &scene.shapes {
        let (left, top, right, bottom) = shape.form.bounds();
        let inside = left >= 0 && top >= -1 && right <= width && bottom <= height;
        assert!(
            inside,
            "{what} at {width}: {:?} leaves {width} x {height}",
            shape.form
        );
    }
    for (at, (one, a)) in texts.iter().enumerate() {
        for (other, b) in &texts[at + 1..] {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(
                apart,
                "{what} at {width}: “{one}” {a:?} and “{other}” {b:?} overlap"
            );
        }
    }
}

#[test]
fn labels_never_overlap_or_leave_the_picture() {
    let (directions_data, ports_data) = (some_directions(), some_ports());
    let mut lines = vec![some_times(), Timeline::default()];
    // From a second to years, at crooked starts.
    for (bin_us, n_bins) in [
        (1_000_000, 1),
        (1_000_000, 61),
        (10_000_000, 240),
        (3_600_000_000, 100),
        (86_400_000_000, 239),
        (86_400_000_000 * 28, 200),
    ] {
        let start = 1_392_851_700_000_000_i64.div_euclid(bin_us) * bin_us;
        lines.push(Timeline {
            bin_us,
            start,
            bins: vec![split(&[(Outcome::Worked, 9_999)]); n_bins],
            ..Timeline::default()
        });
    }
    for width in (280..=1400).step_by(7) {
        check("directions", &directions::scene(&directions_data, width));
        check("ports", &ports::scene(&ports_data, width, 12));
        check("rhythm", &rhythm::scene(&some_calls(), width));
        check("raster", &raster::scene(&some_tries(), width));
        for line in &lines {
            check("timeline", &timeline::scene(line, width, 5 * 3600 + 1800));
        }
    }
}

#[test]
fn every_mark_has_an_id_of_its_own_a_label_and_a_readable_filter() {
    for scene in [
        directions::scene(&some_directions(), 500),
        ports::scene(&some_ports(), 500, 4),
        timeline::scene(&some_times(), 500, 0),
    ] {
        let mut ids: Vec<&str> = scene.marks.iter().map(|mark| mark.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), scene.marks.len(), "{}", scene.title);
        for mark in &scene.marks {
            assert!(!mark.label.is_empty());
            if let Some(text) = &mark.filter {
                let filter = whichway::engine::summary::filter::Filter::parse(text);
                assert!(filter.is_ok_and(|filter| !filter.is_empty()), "{text}");
            }
            let at = scene.marks.iter().position(|other| other.id == mark.id);
            assert!(
                scene.shapes.iter().any(|shape| shape.mark == at),
                "nothing to see of {}",
                mark.id
            );
        }
    }
}

#[test]
fn outcomes_differ_without_color() {
    use whichway::chart::{Role, Texture};
    let looks: Vec<_> = Outcome::ALL
        .iter()
        .map(|outcome| Texture::of(*outcome))
        .collect();
    let plain = looks.iter().filter(|look| look.is_none()).count();
    assert_eq!(
        plain, 2,
        "worked and blocked differ in lightness, the others in texture"
    );
    let lightness = |role: Role| {
        let color = Palette::paper().color(role);
        u32::from(color.0) * 299 + u32::from(color.1) * 587 + u32::from(color.2) * 114
    };
    assert!(lightness(Role::Worked).abs_diff(lightness(Role::Blocked)) > 2_000);
}
