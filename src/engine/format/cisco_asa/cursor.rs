//! Reads a message from left to right; whoever wants to know can be told what each word is.
//!
//! The parser and the gloss walk the same grammar: the gloss brings a list, the parser none.

use super::words::{SideWords, Word};
use crate::engine::format::Span;
use crate::engine::format::plain;
use crate::engine::model::{Endpoint, Host, Names, Reason, ports, proto};
use crate::engine::source::find::find;

/// Takes down what the words of the line are, if somebody wants to know.
#[derive(Default)]
pub(super) struct Notes(pub Option<Vec<Span>>);

impl Notes {
    pub fn note(&mut self, start: usize, end: usize, word: &'static Word) {
        let Some(spans) = &mut self.0 else { return };
        if start < end {
            spans.push(Span {
                start,
                end,
                value_start: start,
                value_end: end,
                name: word.name.to_string(),
                field: word.field,
                meaning: word.meaning,
            });
        }
    }
}

/// One end of a connection as a message prints it.
#[derive(Clone, Copy, Default)]
pub(super) struct Side<'a> {
    /// The interface, empty where the message has none.
    pub place: &'a [u8],
    pub end: Endpoint,
    /// The number after the slash, where it is no port (ICMP id, GRE call).
    pub number: Option<u16>,
}

pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    pub notes: Notes,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8], at: usize, notes: Notes) -> Cursor<'a> {
        Cursor { text, at, notes }
    }

    pub fn rest(&self) -> &'a [u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    pub fn skip_spaces(&mut self) {
        let n = self.rest().iter().take_while(|byte| **byte == b' ').count();
        self.at += n;
    }

    /// Steps over `literal` if it stands here (blanks before it do not matter).
    pub fn eat(&mut self, literal: &[u8]) -> bool {
        let before = self.at;
        self.skip_spaces();
        if self.rest().starts_with(literal) {
            self.at += literal.len();
            return true;
        }
        self.at = before;
        false
    }

    /// As `eat`, and says what the words are.
    pub fn eat_as(&mut self, literal: &[u8], word: &'static Word) -> bool {
        let eaten = self.eat(literal);
        if eaten {
            let blanks = literal
                .iter()
                .rev()
                .take_while(|byte| **byte == b' ')
                .count();
            self.notes
                .note(self.at - literal.len(), self.at - blanks, word);
        }
        eaten
    }

    pub fn expect(&mut self, literal: &[u8]) -> Result<(), Reason> {
        if self.eat(literal) {
            return Ok(());
        }
        self.skip_spaces();
        // What is left is the beginning of what should stand here: the line was cut, not garbled.
        Err(if literal.starts_with(self.rest()) {
            Reason::Cut
        } else {
            Reason::BadSyntax
        })
    }

    /// Goes on after the next `literal`; what lies between (user names, remarks) is not read.
    pub fn past(&mut self, literal: &[u8]) -> Result<(), Reason> {
        // Nearly always it stands right here, and building a searcher costs more than the rest of the line.
        let rest = self.rest();
        if rest.starts_with(literal) {
            self.at += literal.len();
            return Ok(());
        }
        if rest.first() == Some(&b' ') && rest[1..].starts_with(literal) {
            self.at += 1 + literal.len();
            return Ok(());
        }
        match find(rest, literal) {
            Some(offset) => {
                self.at += offset + literal.len();
                Ok(())
            }
            None => Err(Reason::Cut),
        }
    }

    /// As `past`, for a part that may be missing.
    pub fn found(&mut self, literal: &[u8]) -> bool {
        self.past(literal).is_ok()
    }

    /// The next word, up to a blank, comma, bracket or the end.
    pub fn word(&mut self, word: &'static Word) -> &'a [u8] {
        self.until(
            |byte| matches!(byte, b' ' | b',' | b'(' | b')' | b']' | b';'),
            word,
        )
    }

    /// What stands before the first byte that `stop` names.
    pub fn until(&mut self, stop: impl Fn(u8) -> bool, word: &'static Word) -> &'a [u8] {
        self.skip_spaces();
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|byte| stop(*byte))
            .unwrap_or(rest.len());
        self.notes.note(self.at, self.at + length, word);
        self.at += length;
        &rest[..length]
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize, word: &'static Word) {
        self.notes.note(self.at, self.at + length, word);
        self.at += length;
    }

    pub fn peek(&mut self) -> Option<u8> {
        self.skip_spaces();
        self.rest().first().copied()
    }

    pub fn number(&mut self, word: &'static Word) -> Result<u64, Reason> {
        let digits = self.until(|byte| !byte.is_ascii_digit(), word);
        if digits.is_empty() {
            return Err(if self.rest().is_empty() {
                Reason::Cut
            } else {
                Reason::BadNumber
            });
        }
        ports::decimal(digits).ok_or(Reason::BadNumber)
    }

    pub fn small<T: TryFrom<u64>>(&mut self, word: &'static Word) -> Result<T, Reason> {
        T::try_from(self.number(word)?).map_err(|_| Reason::BadNumber)
    }

    /// `TCP`, `icmp`, `protocol 50`, `IP` (any).
    pub fn protocol(&mut self, word: &'static Word) -> Result<u8, Reason> {
        self.eat(b"protocol ");
        let text = self.word(word);
        protocol_number(text).ok_or(if text.is_empty() {
            Reason::Cut
        } else {
            Reason::BadEndpoint
        })
    }

    /// `[interface[(list)]:]address[/port]`. `proto` decides whether the number is a port.
    pub fn side(
        &mut self,
        proto: u8,
        words: &'static SideWords,
        names: &mut Names,
    ) -> Result<Side<'a>, Reason> {
        self.skip_spaces();
        // The one name of an interface with blanks in it: the firewall itself, before release 9.
        if self.rest().first() == Some(&b'N') && self.eat_as(b"NP Identity Ifc:", &words.interface)
        {
            let mut side = self.side(proto, words, names)?;
            side.place = b"identity";
            return Ok(side);
        }
        // 106016 puts an address of which it makes little in brackets.
        let bracketed = self.eat(b"(");
        let start = self.at;
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|byte| matches!(byte, b' ' | b'(' | b')' | b',' | b';'))
            .unwrap_or(rest.len());
        self.at += length;
        // A list that chose the translation: `outside(acl):198.51.100.2/22011`.
        if length > 0
            && let Some(close) = memchr::memmem::find(&rest[length..], b"):")
            && rest[length] == b'('
            && !rest[length..][..close].contains(&b' ')
        {
            self.at += close + 2;
            let mut side = self.side(proto, words, names)?;
            side.place = &rest[..length];
            return Ok(side);
        }
        if bracketed {
            self.eat(b")");
        }
        let token = without_full_stop(&rest[..length]);
        if token.is_empty() {
            return Err(if self.rest().is_empty() {
                Reason::Cut
            } else {
                Reason::NoAddress
            });
        }
        let place = interface_of(token);
        let from = if place.is_empty() { 0 } else { place.len() + 1 };
        self.notes
            .note(start, start + place.len(), &words.interface);
        let (address, number) = match memchr::memrchr(b'/', &token[from..]) {
            Some(slash) => (&token[from..from + slash], Some(&token[from + slash + 1..])),
            None => (&token[from..], None),
        };
        self.notes
            .note(start + from, start + from + address.len(), &words.host);
        let host = Host::read(address, names);
        if host.is_none() {
            return Err(if self.rest().is_empty() {
                Reason::Cut
            } else {
                Reason::NoAddress
            });
        }
        let mut side = Side {
            place,
            end: Endpoint::new(host, None),
            number: None,
        };
        if let Some(number) = number {
            let at = start + from + address.len() + 1;
            self.notes.note(at, at + number.len(), &words.port);
            let number = port(number).ok_or(if number.is_empty() && self.rest().is_empty() {
                Reason::Cut
            } else {
                Reason::BadEndpoint
            })?;
            match proto {
                proto::TCP | proto::UDP | proto::SCTP | proto::UNKNOWN => {
                    side.end.port = Some(number);
                }
                _ => side.number = Some(number),
            }
        }
        Ok(side)
    }

    /// ` (mapped/port)` or `(mapped/port)` after an end; user names and security tags in brackets are not that.
    pub fn mapped(
        &mut self,
        proto: u8,
        words: &'static SideWords,
        names: &mut Names,
    ) -> Option<Endpoint> {
        let before = self.at;
        self.skip_spaces();
        let rest = self.rest();
        let close = if rest.first() == Some(&b'(') {
            memchr::memchr(b')', rest)
        } else {
            None
        };
        let Some(close) = close else {
            self.at = before;
            return None;
        };
        let inside = &rest[1..close];
        let (address, number) = match memchr::memrchr(b'/', inside) {
            Some(slash) => (&inside[..slash], Some(&inside[slash + 1..])),
            None => (inside, None),
        };
        let is_end = match number {
            Some(digits) => {
                ports::port(digits).is_some()
                    && !address
                        .iter()
                        .any(|byte| matches!(byte, b'\\' | b',' | b' '))
            }
            // GRE and ICMP print the mapped address alone; a user name looks otherwise.
            None => plain::is_address(address),
        };
        if !is_end {
            self.at = before;
            return None;
        }
        self.notes
            .note(self.at + 1, self.at + 1 + address.len(), &words.host);
        if let Some(digits) = number {
            let at = self.at + 2 + address.len();
            self.notes.note(at, at + digits.len(), &words.port);
        }
        self.at += close + 1;
        let has_ports = matches!(
            proto,
            proto::TCP | proto::UDP | proto::SCTP | proto::UNKNOWN
        );
        Some(Endpoint::new(
            Host::read(address, names),
            number.filter(|_| has_ports).and_then(ports::port),
        ))
    }

    /// `(LOCAL\user, 9999:tag)` directly after an end.
    pub fn remark(&mut self, word: &'static Word) {
        if self.rest().first() == Some(&b'(')
            && let Some(close) = memchr::memchr(b')', self.rest())
        {
            self.notes.note(self.at + 1, self.at + close, word);
            self.at += close + 1;
        }
    }
}

/// `10.0.0.1.` ends a sentence, `10.0.0.1:` opens a remark; `fe80::` is an address.
fn without_full_stop(token: &[u8]) -> &[u8] {
    match token {
        [.., b':', b':'] => token,
        [rest @ .., b'.' | b':'] => rest,
        _ => token,
    }
}

/// What stands before the first colon, unless that colon is part of an IPv6 address.
fn interface_of(token: &[u8]) -> &[u8] {
    let Some(colon) = memchr::memchr(b':', token) else {
        return b"";
    };
    let place = &token[..colon];
    let group_like = place.len() <= 4 && place.iter().all(u8::is_ascii_hexdigit);
    if group_like && memchr::memchr(b':', &token[colon + 1..]).is_some() {
        return b"";
    }
    place
}

fn port(text: &[u8]) -> Option<u16> {
    if text.first().is_some_and(u8::is_ascii_digit) {
        return ports::port(text);
    }
    PORT_NAMES
        .iter()
        .find(|(name, _)| name.as_bytes() == text)
        .map(|(_, number)| *number)
}

pub(super) fn protocol_number(text: &[u8]) -> Option<u8> {
    match text {
        b"TCP" | b"tcp" => return Some(proto::TCP),
        b"UDP" | b"udp" => return Some(proto::UDP),
        b"ICMP" | b"icmp" => return Some(proto::ICMP),
        b"IP" | b"ip" => return Some(proto::UNKNOWN),
        _ => {}
    }
    proto::parse(text).or_else(|| {
        PROTOCOL_NAMES
            .iter()
            .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(text))
            .map(|(_, number)| *number)
    })
}

/// Protocols that this vendor names and others do not.
const PROTOCOL_NAMES: [(&str, u8); 8] = [
    ("ipinip", 4),
    ("igrp", 9),
    ("eigrp", 88),
    ("nos", 94),
    ("pcp", 108),
    ("snp", 109),
    ("ipsec", proto::ESP),
    ("ipv6-icmp", proto::ICMP6),
];

/// The port names of this vendor; some differ from IANA's (`www`, `kerberos` = 750, `radius` = 1645).
const PORT_NAMES: &[(&str, u16)] = &[
    ("www", 80),
    ("http", 80),
    ("https", 443),
    ("domain", 53),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("snmp", 161),
    ("snmptrap", 162),
    ("syslog", 514),
    ("ftp", 21),
    ("ftp-data", 20),
    ("ntp", 123),
    ("tftp", 69),
    ("aol", 5190),
    ("bgp", 179),
    ("biff", 512),
    ("bootpc", 68),
    ("bootps", 67),
    ("chargen", 19),
    ("cifs", 3020),
    ("citrix-ica", 1494),
    ("cmd", 514),
    ("ctiqbe", 2748),
    ("daytime", 13),
    ("discard", 9),
    ("dnsix", 195),
    ("echo", 7),
    ("exec", 512),
    ("finger", 79),
    ("gopher", 70),
    ("h323", 1720),
    ("hostname", 101),
    ("ident", 113),
    ("imap4", 143),
    ("irc", 194),
    ("isakmp", 500),
    ("kerberos", 750),
    ("klogin", 543),
    ("kshell", 544),
    ("ldap", 389),
    ("ldaps", 636),
    ("login", 513),
    ("lotusnotes", 1352),
    ("lpd", 515),
    ("mobile-ip", 434),
    ("nameserver", 42),
    ("netbios-dgm", 138),
    ("netbios-ns", 137),
    ("netbios-ssn", 139),
    ("nfs", 2049),
    ("nntp", 119),
    ("pcanywhere-data", 5631),
    ("pcanywhere-status", 5632),
    ("pim-auto-rp", 496),
    ("pop2", 109),
    ("pop3", 110),
    ("pptp", 1723),
    ("radius", 1645),
    ("radius-acct", 1646),
    ("rip", 520),
    ("rsh", 514),
    ("rtsp", 554),
    ("secureid-udp", 5510),
    ("sip", 5060),
    ("sqlnet", 1521),
    ("sunrpc", 111),
    ("tacacs", 49),
    ("talk", 517),
    ("time", 37),
    ("uucp", 540),
    ("vxlan", 4789),
    ("who", 513),
    ("whois", 43),
    ("xdmcp", 177),
];
