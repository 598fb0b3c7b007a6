//! What lines of one kind probably hold, from their values: how they are cut, and where addresses, ports, times,
//! protocols and decisions stand. A person looks at it before anything is read that way.

use super::{Layout, MAX_COLUMNS, Of, Pairs, Split};
use crate::engine::format::generic_csv::{Column, column, is_address, mapped};
use crate::engine::format::plain;
use crate::engine::model::order::Order;
use crate::engine::model::{ports, proto};
use crate::engine::source::csv::{Delimiter, cells};
use crate::engine::source::survey::day_order;
use crate::engine::source::time::{self, DayOrder};
use crate::engine::source::{Clock, header};

/// Cells of the same place in several lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    pub of: Of,
    /// In the order of the lines; empty where a line has none.
    pub values: Vec<Vec<u8>>,
}

const DELIMITERS: [Delimiter; 6] = [
    Delimiter::Byte(b'\t'),
    Delimiter::Byte(b';'),
    Delimiter::Byte(b'|'),
    Delimiter::Byte(b','),
    Delimiter::Gap,
    Delimiter::Blank,
];
const PAIRS: [Pairs; 6] = [
    Pairs::Json,
    Pairs::Blank,
    Pairs::Comma,
    Pairs::Semicolon,
    Pairs::Bar,
    Pairs::Colon,
];
/// Fewer columns or pairs are no table.
const MIN_CELLS: usize = 3;
/// What names begin with or hold that are about one of the ends.
const SOURCES: [&str; 6] = ["src", "source", "quell", "from", "orig", "von"];
const DESTINATIONS: [&str; 6] = ["dst", "dest", "ziel", "target", "remote", "nach"];
/// Names that are offered; a dialect has not many more.
const MAX_NAMES: usize = 64;

/// Every way in which the lines can be cut, the likeliest first.
pub fn splits(lines: &[&[u8]]) -> Vec<Split> {
    let tables = DELIMITERS.iter().filter_map(|delimiter| {
        let mut counts: Vec<usize> = lines
            .iter()
            .map(|line| cells(body(line), *delimiter).take(MAX_COLUMNS + 1).count())
            .collect();
        counts.order();
        let most = counts
            .chunk_by(|one, other| one == other)
            .max_by_key(|same| same.len())?;
        // Text at the end of a line makes further columns of blanks; one line in five may be of something else.
        let is_ragged = *delimiter == Delimiter::Blank && most.len() * 5 < counts.len() * 4;
        let n_columns = if is_ragged {
            counts[counts.len() / 5]
        } else {
            most[0]
        };
        (MIN_CELLS..=MAX_COLUMNS)
            .contains(&n_columns)
            .then_some(Split::Table {
                delimiter: *delimiter,
                n_columns,
                or_more: is_ragged,
            })
    });
    let pairs = PAIRS.iter().map(|pairs| Split::Pairs(*pairs));
    let mut found: Vec<(usize, Split)> = pairs
        .chain(tables)
        .map(|split| (worth(split, lines), split))
        .filter(|(worth, _)| *worth > 0)
        .collect();
    // Stable: of equals, the one that stands first above.
    found.order_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    found.into_iter().map(|(_, split)| split).collect()
}

/// How many cells hold nothing but an address, a port, a protocol or a time. Right cuts leave the most of them.
fn worth(split: Split, lines: &[&[u8]]) -> usize {
    let found = columns(split, lines);
    if found.len() < MIN_CELLS || !found.iter().any(|cells| cells.most(is_address)) {
        return 0;
    }
    let is_clean = |value: &[u8]| {
        is_address(value) || is_port(value) || plain::named_proto(value).is_some() || is_time(value)
    };
    // What is named is better known than what only stands somewhere.
    let weight = if matches!(split, Split::Pairs(_)) {
        5
    } else {
        4
    };
    let clean = |cells: &Cells| cells.values.iter().filter(|value| is_clean(value)).count();
    found.iter().map(clean).sum::<usize>() * weight
}

/// A line without its transport header.
pub fn body(line: &[u8]) -> &[u8] {
    header::split(line, &Clock::default()).body
}

/// The cells of the lines by place.
pub fn columns(split: Split, lines: &[&[u8]]) -> Vec<Cells> {
    let mut found: Vec<Cells> = Vec::new();
    match split {
        Split::Table { n_columns, .. } => {
            let rows: Vec<_> = lines
                .iter()
                .filter_map(|line| {
                    mapped::table(split, body(line)).or_else(|| mapped::table(split, line))
                })
                .collect();
            if rows.is_empty() {
                return found;
            }
            for at in 0..n_columns {
                let value = |row: &Vec<crate::engine::source::csv::Cell<'_>>| {
                    row.get(at)
                        .map_or_else(Vec::new, |cell| cell.text().into_owned())
                };
                found.push(Cells {
                    of: Of::Cells {
                        first: at,
                        last: at,
                    },
                    values: rows.iter().map(value).collect(),
                });
            }
        }
        Split::Pairs(pairs) => {
            for (nth, line) in lines.iter().enumerate() {
                mapped::named(pairs, body(line), &mut |name, value| {
                    let Some(name) = std::str::from_utf8(name).ok().filter(|name| {
                        !name.is_empty() && name.len() <= 80 && name.trim() == *name
                    }) else {
                        return;
                    };
                    let of = Of::Name(name.to_string());
                    let at = found.iter().position(|cells| cells.of == of);
                    let at = match at {
                        Some(at) => at,
                        None if found.len() == MAX_NAMES => return,
                        None => {
                            found.push(Cells {
                                of,
                                values: vec![Vec::new(); lines.len()],
                            });
                            found.len() - 1
                        }
                    };
                    found[at].values[nth] = value.into_owned();
                });
            }
        }
    }
    found
}

/// The likeliest layout, with all that the values tell.
pub fn layout(split: Split, lines: &[&[u8]]) -> Layout {
    let mut layout = Layout::new(split);
    let found = columns(split, lines);
    if let Split::Pairs(_) = split {
        by_name(&mut layout, &found);
    }
    times(&mut layout, &found);
    // Before the ports: 6 and 17 could be some.
    rule(&mut layout, &found, Column::Proto, |value| {
        plain::named_proto(value).is_some()
    });
    rule(&mut layout, &found, Column::Proto, is_proto);
    ends(&mut layout, &found);
    rule(&mut layout, &found, Column::Action, |value| {
        plain::action(value).is_some()
    });
    rule(&mut layout, &found, Column::Flags, is_flags);
    rule(&mut layout, &found, Column::InIf, is_interface);
    rule(&mut layout, &found, Column::OutIf, is_interface);
    layout
}

/// The first cells that are still free and whose values fit.
fn rule(layout: &mut Layout, found: &[Cells], column: Column, fits: fn(&[u8]) -> bool) {
    if has(layout, column) {
        return;
    }
    let fitting = found
        .iter()
        .find(|cells| layout.column_of(&cells.of).is_none() && cells.most(fits));
    if let Some(cells) = fitting {
        layout.assign(cells.of.clone(), Some(column));
    }
}

fn has(layout: &Layout, column: Column) -> bool {
    layout.parts.iter().any(|part| part.column == column)
}

impl Cells {
    /// Nearly all values that are there fit.
    fn most(&self, fits: fn(&[u8]) -> bool) -> bool {
        let given = self
            .values
            .iter()
            .filter(|value| !matches!(value.as_slice(), b"" | b"-"));
        let (n, n_fit) = given.fold((0, 0), |(n, n_fit), value| {
            (n + 1, n_fit + usize::from(fits(value)))
        });
        n > 0 && n_fit * 5 >= n * 4
    }
}

/// Names that tables use, and names that at least say which end they are about.
fn by_name(layout: &mut Layout, found: &[Cells]) {
    for cells in found {
        let Of::Name(name) = &cells.of else { continue };
        let known = column(name.as_bytes());
        let fits = match known {
            Column::Src | Column::Dst | Column::Initiator | Column::Responder => {
                cells.most(is_address)
            }
            Column::SrcPort | Column::DstPort => cells.most(is_port),
            Column::Other => false,
            _ => true,
        };
        if fits && !has(layout, known) {
            layout.assign(cells.of.clone(), Some(known));
        }
    }
    for (stems, end, port) in [
        (SOURCES, Column::Src, Column::SrcPort),
        (DESTINATIONS, Column::Dst, Column::DstPort),
    ] {
        let says = |cells: &&Cells| match &cells.of {
            Of::Name(name) => stems
                .iter()
                .any(|stem| name.to_ascii_lowercase().contains(stem)),
            Of::Cells { .. } => false,
        };
        for (column, fits) in [(end, is_address as fn(&[u8]) -> bool), (port, is_port)] {
            let cells = found
                .iter()
                .filter(says)
                .find(|cells| cells.most(fits) && layout.column_of(&cells.of).is_none());
            if let Some(cells) = cells.filter(|_| !has(layout, column)) {
                layout.assign(cells.of.clone(), Some(column));
            }
        }
    }
}

/// Addresses and ports by their order: source before destination, ports beside their addresses or after both.
fn ends(layout: &mut Layout, found: &[Cells]) {
    let mut place = |column: Column, from: usize, to: usize, fits: fn(&[u8]) -> bool| {
        let known = layout.parts.iter().find(|part| part.column == column);
        if let Some(known) = known {
            return found.iter().position(|cells| cells.of == known.of);
        }
        let at = (from..to.min(found.len()))
            .find(|at| layout.column_of(&found[*at].of).is_none() && found[*at].most(fits))?;
        layout.assign(found[at].of.clone(), Some(column));
        Some(at)
    };
    let n = found.len();
    let Some(src) = place(Column::Src, 0, n, is_address) else {
        return;
    };
    let Some(dst) = place(Column::Dst, 0, n, is_address) else {
        return;
    };
    let has_own = |at: usize| found[at].most(|value| plain::split_port(value).1.is_some());
    let (first, second) = (src.min(dst), src.max(dst));
    let port = |at: usize| {
        if at == src {
            Column::SrcPort
        } else {
            Column::DstPort
        }
    };
    if !has_own(first) {
        place(port(first), first + 1, second, is_port);
    }
    if has_own(second) {
        return;
    }
    let is_free_port =
        |cells: &&Cells| layout.column_of(&cells.of).is_none() && cells.most(is_port);
    let n_behind = found[second + 1..]
        .iter()
        .take(4)
        .filter(is_free_port)
        .count();
    let has_first = layout.parts.iter().any(|part| part.column == port(first));
    let mut from = second + 1;
    let mut place = |column: Column, from: usize| {
        let at = (from..n)
            .find(|at| layout.column_of(&found[*at].of).is_none() && found[*at].most(is_port))?;
        layout.assign(found[at].of.clone(), Some(column));
        Some(at)
    };
    if !has_first && !has_own(first) && n_behind >= 2 {
        from = place(port(first), from).map_or(from, |at| at + 1);
    }
    place(port(second), from);
}

/// One cell with a whole moment, a date beside a time, or neighbours that are a moment together.
fn times(layout: &mut Layout, found: &[Cells]) {
    layout.dates = dates(found);
    if has(layout, Column::Time) || has(layout, Column::Date) {
        return;
    }
    if let Some(cells) = found.iter().find(|cells| cells.most(is_time)) {
        return layout.assign(cells.of.clone(), Some(Column::Time));
    }
    let is_blank = matches!(
        layout.split,
        Split::Table {
            delimiter: Delimiter::Blank | Delimiter::Gap,
            ..
        }
    );
    for n in (2..=4).filter(|_| is_blank) {
        let together = found.windows(n).find(|window| {
            let joined = Cells {
                of: window[0].of.clone(),
                values: (0..window[0].values.len())
                    .map(|nth| {
                        let words: Vec<&[u8]> = window
                            .iter()
                            .map(|cells| cells.values[nth].as_slice())
                            .collect();
                        words.join(&b' ')
                    })
                    .collect(),
            };
            joined.most(is_time)
        });
        for cells in together.unwrap_or_default() {
            layout.assign(cells.of.clone(), Some(Column::Time));
        }
        if together.is_some() {
            return;
        }
    }
    let day = found.iter().find(|cells| cells.most(is_date));
    let clock = found.iter().find(|cells| cells.most(is_clock));
    if let (Some(day), Some(clock)) = (day, clock) {
        layout.assign(day.of.clone(), Some(Column::Date));
        layout.assign(clock.of.clone(), Some(Column::Time));
    }
}

/// Day first, unless some date shows that the month stands before it.
fn dates(found: &[Cells]) -> DayOrder {
    let values = || found.iter().flat_map(|cells| &cells.values);
    values()
        .find_map(|value| day_order(value))
        .unwrap_or_default()
}

fn is_port(value: &[u8]) -> bool {
    ports::port(value).is_some()
}

fn is_proto(value: &[u8]) -> bool {
    plain::named_proto(value).is_some()
        || matches!(ports::decimal(value), Some(number) if [1, 2, 6, 17, 41, 47, 50, 51, 58, 132].contains(&number) && proto::parse(value).is_some())
}

/// A moment and nothing else. Numbers are moments only if they are of this century.
fn is_time(value: &[u8]) -> bool {
    [DayOrder::DayFirst, DayOrder::MonthFirst]
        .into_iter()
        .any(|order| {
            time::any(value, &Clock { now: i64::MAX / 4 }, order).is_some_and(|(stamp, used)| {
                let rest = value.get(used..).unwrap_or_default().trim_ascii();
                rest.len() <= 6
                    && !rest.first().is_some_and(u8::is_ascii_digit)
                    && stamp.quality < crate::engine::model::StampQuality::TimeOnly
                    && (value
                        .iter()
                        .any(|byte| !byte.is_ascii_digit() && *byte != b'.')
                        || is_epoch(stamp.micros))
            })
        })
}

/// From 2000 to 2100.
fn is_epoch(micros: i64) -> bool {
    (946_684_800_000_000..4_102_444_800_000_000).contains(&micros)
}

fn is_date(value: &[u8]) -> bool {
    [DayOrder::DayFirst, DayOrder::MonthFirst]
        .into_iter()
        .any(|order| time::date(value, order).is_some_and(|(_, used)| used == value.len()))
}

fn is_clock(value: &[u8]) -> bool {
    time::time_of_day(value).is_some_and(|(_, used)| used == value.len())
}

fn is_flags(value: &[u8]) -> bool {
    value
        .first()
        .is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'[')
        && plain::flags(value).is_some()
}

/// `eth0`, `wan`, `ge-0/0/1`, `vlan12`.
fn is_interface(value: &[u8]) -> bool {
    const STEMS: [&[u8]; 16] = [
        b"eth", b"wan", b"lan", b"ppp", b"vlan", b"enp", b"ens", b"eno", b"br", b"tun", b"bond",
        b"port", b"ge-", b"xe-", b"igb", b"wg",
    ];
    value.len() <= 16
        && STEMS
            .iter()
            .any(|stem| value.to_ascii_lowercase().starts_with(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> String {
        let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
        let split = splits(&lines)[0];
        layout(split, &lines).to_string()
    }

    #[test]
    fn one_look_at_the_values_is_mostly_enough() {
        let check = |text: &str, expected: &str| {
            assert_eq!(guessed(text), expected.replace("; ", "\n") + "\n", "{text}");
        };
        check(
            "2024-02-19 10:15:02;10.0.0.11;443;203.0.113.45;51515;tcp;blocked\n\
             2024-02-19 10:15:03;10.0.0.12;80;203.0.113.9;50000;tcp;allowed",
            "table semicolon 7; time = 1; source = 2; source port = 3; destination = 4; destination port = 5; protocol = 6; action = 7",
        );
        check(
            "1708337702|udp|192.0.2.7|198.51.100.1|5353|53|120\n1708337703|tcp|192.0.2.8|198.51.100.1|40222|443|60",
            "table bar 7; time = 1; protocol = 2; source = 3; destination = 4; source port = 5; destination port = 6",
        );
        check(
            "19.02.2024,10:15:02,wan0,192.0.2.7,198.51.100.1,443,6,X\n19.02.2024,10:15:03,wan0,192.0.2.8,198.51.100.1,443,6,Y",
            "table comma 8; date = 1; time = 2; interface in = 3; source = 4; destination = 5; destination port = 6; protocol = 7",
        );
        check(
            "2024-02-19 10:15:02 tcp 192.0.2.7:40222 198.51.100.1:443 J 17 x\n2024-02-19 10:15:04 tcp 192.0.2.7:40223 198.51.100.1:443 N 19 y",
            "table blank 8; time = 1 2; protocol = 3; source = 4; destination = 5",
        );
        check(
            "zeit=10:15:02 von=192.0.2.7 vport=40222 an=198.51.100.1 aport=443 was=tcp\nzeit=10:15:03 von=192.0.2.7 vport=40223 an=198.51.100.1 aport=443 was=tcp",
            "pairs blank; time = zeit; source = von; source port = vport; destination = an; destination port = aport; protocol = was",
        );
        check(
            "{\"t\":1708337702123,\"peer_a\":\"192.0.2.7\",\"peer_b\":{\"ip\":\"198.51.100.1\",\"pt\":443}}",
            "pairs json; time = t; source = peer_a; destination = peer_b.ip; destination port = peer_b.pt",
        );
        check(
            "02/19/2024 10:15:02\t192.0.2.7\t198.51.100.1\t443",
            "table tab 4; time = 1; source = 2; destination = 3; destination port = 4; dates = month first",
        );
    }

    #[test]
    fn prose_is_not_cut() {
        let lines: Vec<&[u8]> = vec![b"the daemon was started", b"the daemon was stopped"];
        assert!(splits(&lines).is_empty());
    }
}
