//! What columns of tables are called, in English, German, French and Spanish; case, blanks, accents and
//! punctuation do not matter.

use crate::engine::format::Field;
use crate::engine::model::order::Order;
use std::sync::OnceLock;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Time,
    Date,
    Src,
    SrcPort,
    Dst,
    DstPort,
    /// As `Src` and `Dst`, and the heading says who started it.
    Initiator,
    Responder,
    /// A port, or a name that stands for one; the destination's.
    Service,
    NatSrc,
    NatSrcPort,
    NatDst,
    NatDstPort,
    Proto,
    Action,
    Rule,
    RuleName,
    Flags,
    InIf,
    OutIf,
    InZone,
    OutZone,
    /// Source to destination.
    BytesF,
    BytesR,
    BytesTotal,
    PktsF,
    PktsR,
    Seconds,
    Session,
    Device,
    App,
    Direction,
    Message,
    Count,
    IcmpType,
    IcmpCode,
    Other,
}

/// Headings after `fold`. A table is called English when none of its headings is of the second list.
const NAMES: &[(Column, &str, &str)] = &[
    (
        Column::Time,
        "time timestamp datetime start starttime eventtime receivetime receivedtime generatedtime generatetime logtime localtime timegenerated ts epoch occurred firstseen when",
        "zeit uhrzeit zeitstempel zeitpunkt datumuhrzeit datumzeit heure horodatage dateheure dateetheure hora fechahora fechayhora marcadetiempo",
    ),
    (Column::Date, "date day", "datum tag fecha jour"),
    (
        Column::Src,
        "src sa sip srcip srcaddr srcaddress srcipaddr srcipaddress srchost source sourceip sourceaddr sourceaddress sourceipaddress sourceipv4address sourceipv6address sourcehost saddr ipsrc from fromip fromaddress attacker attackerip sender",
        "quelle quellip quelladresse quellipadresse quellhost absender von sourceipadresse adressesource ipsource hotesource origine iporigine origen iporigen ipdeorigen ipdelorigen direccionorigen direcciondeorigen direccionipdeorigen",
    ),
    (
        Column::Initiator,
        "initiator initiatorip initiatoraddress client clientip clientaddress cip orig origh origip idorigh originator originatorip",
        "initiateur initiator cliente ipcliente iniciador ipclient",
    ),
    (
        Column::SrcPort,
        "srcport sport spt sp sourceport sourcetransportport sourceportnumber fromport srcportnumber sourceporticmptype initiatorport clientport cport origp idorigp originatorport",
        "quellport portquelle quellportnummer portsource portorigine puertoorigen puertodeorigen puertocliente",
    ),
    (
        Column::Dst,
        "dst da dstip dstaddr dstaddress dstipaddr dstipaddress dsthost dest destip destaddr destaddress desthost destination destinationip destinationaddr destinationaddress destinationipaddress destinationipv4address destinationipv6address destinationhost dip daddr ipdst to toip toaddress target targetip victim victimip receiver",
        "ziel zielip zieladresse zielipadresse zielhost empfanger nach adressedestination ipdestination hotedestination destino ipdestino ipdedestino ipdeldestino direcciondestino direcciondedestino direccionipdedestino",
    ),
    (
        Column::Responder,
        "responder responderip responderaddress server serverip serveraddress resp resph respip idresph",
        "serveur ipserveur servidor ipservidor",
    ),
    (
        Column::DstPort,
        "dstport dport dpt dp destport destinationport destinationtransportport destinationportnumber dstportnumber destinationporticmpcode toport port targetport responderport serverport respp idrespp",
        "zielport portziel zielportnummer portdest portdestination portdedestination puerto puertodestino puertodedestino puertoservidor",
    ),
    (
        Column::Service,
        "service servicename svc",
        "dienst servicio",
    ),
    (
        Column::NatSrc,
        "natsrc natsrcipaddr natsrcip natsource natsourceip natsourceaddress translatedsource translatedsourceip translatedsrcip translatedsrc xlatesrc transip sourcenat",
        "natquelle",
    ),
    (
        Column::NatSrcPort,
        "natsrcport natsourceport translatedsourceport translatedsrcport xlatesport sourcenatport",
        "",
    ),
    (
        Column::NatDst,
        "natdst natdstipaddr natdstip natdestination natdestinationip natdestinationaddress translateddestination translateddestinationip translateddstip xlatedst tranip destinationnat",
        "natziel",
    ),
    (
        Column::NatDstPort,
        "natdstport natdestinationport translateddestinationport translateddstport xlatedport tranport destinationnatport",
        "",
    ),
    (
        Column::Proto,
        "proto pr protocol protocolname ipprotocol ipproto prot l4proto l4protocol transport networktransport transportprotocol protocolid protocolidentifier protoid protocolnumber",
        "protokoll protocole protocolo",
    ),
    (
        Column::Action,
        "action act verdict disposition status result ruleaction policyaction actiontaken decision outcome eventaction eventoutcome",
        "aktion entscheidung ergebnis massnahme statut resultat accion resultado decisionpare",
    ),
    (
        Column::Rule,
        "rule ruleid rulenumber ruleno rulenum policy policyid policynumber acl accesslist matchedrule",
        "regel regelid regelnr regelnummer richtlinie regle politique regla politica",
    ),
    (
        Column::RuleName,
        "rulename policyname",
        "regelname nomregle nombreregla",
    ),
    (
        Column::Flags,
        "flags flag flg tcpflags tcpflag",
        "indicateurs",
    ),
    (
        Column::InIf,
        "in inif rcvifname ininterface iniface inputinterface ingressinterface ingress inboundinterface interfacein srcif srcintf srcinterface sourceinterface interface iface",
        "eingang eingangsschnittstelle quellschnittstelle schnittstelle interfacesource interfaceentree interfazentrada interfazorigen",
    ),
    (
        Column::OutIf,
        "out outif outinterface outiface outputinterface egressinterface egress outboundinterface interfaceout dstif dstintf dstinterface destinationinterface destinterface",
        "ausgang ausgangsschnittstelle zielschnittstelle interfacedestination interfacesortie interfazsalida interfazdestino",
    ),
    (
        Column::InZone,
        "inzone srczone sourcezone fromzone zonefrom ingresszone szone zonesrc zonesource",
        "quellzone zonaorigen zonedepart",
    ),
    (
        Column::OutZone,
        "outzone dstzone destzone destinationzone tozone zoneto egresszone dzone zonedst zonedestination",
        "zielzone zonadestino",
    ),
    (
        Column::BytesF,
        "bytessent sendbytes sentoctets initbytecount sentbytes sentbyte sent srcbytes ibyt bytestoserver origbytes clientbytes initiatorbytes bytesup sourcebytes",
        "gesendet gesendetebytes bytesgesendet octetsenvoyes envoyes bytesenviados enviados",
    ),
    (
        Column::BytesR,
        "bytesreceived rcvbytes recvdoctets rplybytecount receivedbytes rcvdbytes obyt rcvdbyte rcvd received bytesrcvd dstbytes bytestoclient respbytes serverbytes responderbytes bytesdown destinationbytes",
        "empfangen empfangenebytes bytesempfangen octetsrecus recus bytesrecibidos recibidos",
    ),
    (
        Column::BytesTotal,
        "bytes totalbytes bytestotal octets size",
        "grosse datenmenge octetos taille",
    ),
    (
        Column::PktsF,
        "packetssent sendpkts initpktcount sentpackets sentpkts ipkt sentpkt pktssent srcpkts srcpackets origpkts initiatorpackets",
        "gesendetepakete paketegesendet paquetsenvoyes paquetesenviados",
    ),
    (
        Column::PktsR,
        "packetsreceived rcvpkts recvdpackets rplypktcount receivedpackets rcvdpkts opkt rcvdpkt pktsrcvd dstpkts dstpackets resppkts responderpackets",
        "empfangenepakete paketeempfangen paquetsrecus paquetesrecibidos",
    ),
    (
        Column::Seconds,
        "duration td elapsed elapsedtime elapsedtimesec durationsec durationseconds",
        "dauer duree duracion",
    ),
    (
        Column::Session,
        "session sessionid connection connectionid connid flowid conn",
        "sitzung sitzungsid verbindungsid idsession idsesion",
    ),
    (
        Column::Device,
        "device devicename devname firewall firewallname fw host hostname gateway sensor observer observername origin",
        "gerat geratename appareil equipement dispositivo cortafuegos parefeu",
    ),
    (
        Column::App,
        "app application appname applicationname",
        "anwendung applikation aplicacion",
    ),
    (
        Column::Direction,
        "direction dir networkdirection",
        "richtung sens sentido",
    ),
    (
        Column::Message,
        "reason message msg info description detail details event",
        "grund meldung nachricht beschreibung motif raison motivo mensaje razon",
    ),
    (
        Column::Count,
        "count hits hitcount hitcnt matchcount repeat repeatcount repeats occurrences eventcount",
        "anzahl nombre cantidad treffer",
    ),
    (Column::IcmpType, "icmptype", ""),
    (Column::IcmpCode, "icmpcode", ""),
];

/// What a person calls a column, in a mapping and where one is chosen; in the order of choosing.
const WORDS: [(Column, &str); 36] = [
    (Column::Time, "time"),
    (Column::Date, "date"),
    (Column::Src, "source"),
    (Column::SrcPort, "source port"),
    (Column::Dst, "destination"),
    (Column::DstPort, "destination port"),
    (Column::Proto, "protocol"),
    (Column::Action, "action"),
    (Column::Initiator, "client"),
    (Column::Responder, "server"),
    (Column::Service, "service"),
    (Column::Flags, "flags"),
    (Column::Rule, "rule"),
    (Column::RuleName, "rule name"),
    (Column::InIf, "interface in"),
    (Column::OutIf, "interface out"),
    (Column::InZone, "zone in"),
    (Column::OutZone, "zone out"),
    (Column::BytesTotal, "bytes"),
    (Column::BytesF, "bytes out"),
    (Column::BytesR, "bytes in"),
    (Column::PktsF, "packets out"),
    (Column::PktsR, "packets in"),
    (Column::Seconds, "duration"),
    (Column::NatSrc, "translated source"),
    (Column::NatSrcPort, "translated source port"),
    (Column::NatDst, "translated destination"),
    (Column::NatDstPort, "translated destination port"),
    (Column::Device, "device"),
    (Column::Session, "session"),
    (Column::App, "application"),
    (Column::Direction, "direction"),
    (Column::Message, "reason"),
    (Column::Count, "count"),
    (Column::IcmpType, "icmp type"),
    (Column::IcmpCode, "icmp code"),
];

/// A name that columns have, what it means, and whether it is of the English list.
type Known = (&'static str, Column, bool);

/// All names in order: rows of `name=value` ask for each of theirs.
fn known(name: &[u8]) -> Option<Known> {
    static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let mut known = Vec::new();
        for (column, english, others) in NAMES {
            for (list, is_english) in [(english, true), (others, false)] {
                let names = list.split(' ').filter(|name| !name.is_empty());
                known.extend(names.map(|name| (name, *column, is_english)));
            }
        }
        known.order_by_key(|(name, _, _)| *name);
        // A word of several languages counts as English.
        known.dedup_by_key(|(name, _, _)| *name);
        known
    });
    let mut short = [0; MAX_NAME];
    let folded = fold(name, &mut short);
    let at = known
        .binary_search_by(|(name, _, _)| name.as_bytes().cmp(folded))
        .ok()?;
    known.get(at).copied()
}

/// What a heading means; `Column::Other` when it is not one of the known.
pub fn column(name: &[u8]) -> Column {
    known(name).map_or(Column::Other, |(_, column, _)| column)
}

/// The heading is known, and not from its English list.
pub fn is_foreign_word(name: &[u8]) -> bool {
    known(name).is_some_and(|(_, _, is_english)| !is_english)
}

/// Letters of a heading that are looked at.
const MAX_NAME: usize = 64;

/// Lower case, letters and digits only, accents dropped.
fn fold<'a>(name: &[u8], into: &'a mut [u8; MAX_NAME]) -> &'a [u8] {
    let mut n_bytes = 0;
    let mut push = |byte: u8| {
        if let Some(free) = into.get_mut(n_bytes) {
            *free = byte;
            n_bytes += 1;
        }
    };
    if name.is_ascii() {
        let letters = name.iter().take(MAX_NAME);
        letters
            .filter(|byte| byte.is_ascii_alphanumeric())
            .for_each(|byte| push(byte.to_ascii_lowercase()));
    } else {
        let text = String::from_utf8_lossy(name);
        for character in text.chars().take(MAX_NAME).flat_map(char::to_lowercase) {
            match character {
                'ä' | 'á' | 'à' | 'â' | 'ã' => push(b'a'),
                'é' | 'è' | 'ê' | 'ë' => push(b'e'),
                'í' | 'î' | 'ï' => push(b'i'),
                'ö' | 'ó' | 'ô' => push(b'o'),
                'ü' | 'ú' | 'ù' | 'û' => push(b'u'),
                'ñ' => push(b'n'),
                'ç' => push(b'c'),
                'ß' => [b's', b's'].into_iter().for_each(&mut push),
                other if other.is_ascii_alphanumeric() => push(other as u8),
                _ => {}
            }
        }
    }
    &into[..n_bytes]
}

impl Column {
    pub fn words() -> impl Iterator<Item = &'static str> {
        WORDS.iter().map(|(_, word)| *word)
    }

    pub fn of_word(word: &str) -> Option<Column> {
        let known = WORDS.iter().find(|(_, known)| *known == word);
        known.map(|(column, _)| *column)
    }

    /// Empty for a column that means nothing.
    pub fn word(self) -> &'static str {
        let known = WORDS.iter().find(|(known, _)| *known == self);
        known.map_or("", |(_, word)| word)
    }

    pub fn is_source(self) -> bool {
        matches!(self, Column::Src | Column::Initiator)
    }

    pub fn is_destination(self) -> bool {
        matches!(self, Column::Dst | Column::Responder)
    }

    /// For the gloss.
    pub fn meaning(self) -> (Field, &'static str) {
        match self {
            Column::Time | Column::Date => (
                Field::Time,
                "When it happened, in the clock of whatever wrote the table.",
            ),
            Column::Src => (
                Field::Source,
                "The machine that the table calls the source: the sender of the packet, or the one that opened the connection. The word alone does not tell which.",
            ),
            Column::Initiator => (
                Field::Source,
                "The machine that the table says opened the connection.",
            ),
            Column::SrcPort => (
                Field::SourcePort,
                "The port number on the source's side. A small well-known number here often means an answer from a server.",
            ),
            Column::Dst => (
                Field::Destination,
                "The machine that the table calls the destination.",
            ),
            Column::Responder => (
                Field::Destination,
                "The machine that the table says was connected to.",
            ),
            Column::DstPort => (
                Field::DestinationPort,
                "The port number on the destination's side; for a new connection it tells which service is wanted.",
            ),
            Column::Service => (
                Field::Service,
                "The service by name or number. Usually it is only the destination port under another name.",
            ),
            Column::NatSrc | Column::NatSrcPort => (
                Field::NatSource,
                "What the source was changed to on its way through the firewall.",
            ),
            Column::NatDst | Column::NatDstPort => (
                Field::NatDestination,
                "What the destination was changed to on its way through the firewall.",
            ),
            Column::Proto => (
                Field::Protocol,
                "The kind of traffic: TCP for most connections, UDP for single messages, ICMP for ping and network errors.",
            ),
            Column::Action => (Field::Action, "What the firewall decided, in its own word."),
            Column::Rule | Column::RuleName => (Field::Rule, "The rule that decided."),
            Column::Flags => (
                Field::Flags,
                "TCP marks of the packet. SYN alone opens a connection; ACK means that it had been opened before.",
            ),
            Column::InIf | Column::OutIf => (
                Field::Interface,
                "The network card that the traffic came in or went out through.",
            ),
            Column::InZone | Column::OutZone => (
                Field::Interface,
                "The network zone that the traffic came from or went to.",
            ),
            Column::BytesF => (Field::Bytes, "Bytes from the source to the destination."),
            Column::BytesR => (
                Field::Bytes,
                "Bytes from the destination back to the source. None means that it never answered.",
            ),
            Column::BytesTotal => (
                Field::Bytes,
                "Bytes of both directions together, or of this one packet.",
            ),
            Column::PktsF | Column::PktsR | Column::Count => {
                (Field::Packets, "How many packets or hits.")
            }
            Column::Seconds => (Field::Duration, "How long the connection lasted."),
            Column::Session => (
                Field::SessionId,
                "The number under which the firewall kept this connection.",
            ),
            Column::Device => (Field::Device, "The device that wrote the row."),
            Column::App => (
                Field::Service,
                "The application that the device believes to have seen.",
            ),
            Column::Direction => (
                Field::Direction,
                "The table's own word for the direction. Often it means the packet's way, not who opened the connection.",
            ),
            Column::Message => (Field::State, "The device's reason or remark."),
            Column::IcmpType | Column::IcmpCode => {
                (Field::Icmp, "What kind of network message it is.")
            }
            Column::Other => (
                Field::Detail,
                "A column that is not used for the judgement.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_four_languages_are_known() {
        for (name, expected) in [
            ("Source IP", Column::Src),
            ("src_port", Column::SrcPort),
            ("Destination-Address", Column::Dst),
            ("@timestamp", Column::Time),
            ("Quell-IP", Column::Src),
            ("Zielport", Column::DstPort),
            ("Gerät", Column::Device),
            ("Größe", Column::BytesTotal),
            ("Adresse source", Column::Src),
            ("Durée", Column::Seconds),
            ("Dirección de destino", Column::Dst),
            ("Acción", Column::Action),
            ("id.orig_h", Column::Initiator),
            ("Port", Column::DstPort),
            ("Bytes Sent", Column::BytesF),
            ("Colour", Column::Other),
        ] {
            assert_eq!(column(name.as_bytes()), expected, "{name}");
        }
        assert!(is_foreign_word("Quelle".as_bytes()) && !is_foreign_word(b"Source"));
    }

    #[test]
    fn no_heading_stands_for_two_columns() {
        let mut seen = std::collections::BTreeMap::new();
        for (column, english, others) in NAMES {
            for name in english
                .split(' ')
                .chain(others.split(' '))
                .filter(|name| !name.is_empty())
            {
                assert_eq!(fold(name.as_bytes(), &mut [0; MAX_NAME]), name.as_bytes());
                let before = seen.insert(name, *column);
                assert!(
                    before.is_none_or(|before| before == *column),
                    "{name}: {before:?} and {column:?}"
                );
            }
        }
    }
}
