use super::Filterlog;
use crate::engine::format::outline::{gloss, outline, outline_head};

fn check(line: &str, expected: &str) {
    assert_eq!(outline(&Filterlog, line), expected, "{line}");
}

#[test]
fn version_4() {
    check(
        "Feb 19 10:15:02 filterlog[72237]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,FA,1891286705,77120,501,,nop;nop;TS",
        "packet drop tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=FA state=NoState seq=1891286705 ip_id=12617 ttl=64 len=52 rule=1000000103 raw=block in=igb1 implicit way=In/PacketAtInterface",
    );
    check(
        "Feb 19 10:15:02 fw filterlog: 98,,,1700000001,igb0,match,pass,in,4,0x0,,55,4711,0,DF,6,tcp,60,203.0.113.45,10.0.0.11,51515,443,0,S,3671644853,,64240,,mss;sackOK;TS;nop;wscale",
        "packet allow tcp 203.0.113.45:51515 > 10.0.0.11:443 flags=S seq=3671644853 ip_id=4711 ttl=55 len=60 rule=1700000001 raw=pass in=igb0 way=In/PacketAtInterface",
    );
    // Trap 1: an ECN opening; trap 13 of pf: `out` is the packet's way. The sequence may be a range.
    check(
        "5,,,1700000002,igb0,match,block,out,4,0x2,1,64,0,0,DF,6,tcp,60,192.0.2.10,203.0.113.25,40000,25,0,SEC,1:53,,64240,,mss",
        "packet drop tcp 192.0.2.10:40000 > 203.0.113.25:25 flags=SEC seq=1 ttl=64 len=60 rule=1700000002 raw=block out=igb0 way=Out/PacketAtInterface",
    );
    check(
        "4,,,1000000103,igb0,match,block,in,4,0x0,,57,900,0,none,17,udp,145,203.0.113.53,192.0.2.10,53,41022,125",
        "packet drop udp 203.0.113.53:53 > 192.0.2.10:41022 ip_id=900 ttl=57 len=145 rule=1000000103 raw=block in=igb0 implicit way=In/PacketAtInterface",
    );
    // A later fragment has no ports; an unknown protocol has none either.
    check(
        "4,,,1000000103,igb0,match,block,in,4,0x0,,57,900,1480,none,17,udp,500,203.0.113.53,192.0.2.10",
        "packet drop udp 203.0.113.53 > 192.0.2.10 ip_id=900 ttl=57 len=500 rule=1000000103 raw=block in=igb0 implicit way=In/PacketAtInterface",
    );
    check(
        "7,,,1700000005,igb0,ip-option,pass,in,4,0xc0,,1,20651,0,none,2,igmp,32,10.0.0.7,224.0.0.1,datalength=8",
        "packet allow igmp 10.0.0.7 > 224.0.0.1 ip_id=20651 ttl=1 len=32 rule=1700000005 raw=pass in=igb0 way=In/PacketAtInterface",
    );
}

#[test]
fn version_6_swaps_name_and_number() {
    // Trap 6.
    check(
        "98,,,fae559338f65e11c53669fc3642c93c2,re0,match,pass,in,6,0x00,0x0ea87,51,udp,17,73,2001:db8::8a,2001:db8:1::1738,6881,51918,73",
        "packet allow udp [2001:db8::8a]:6881 > [2001:db8:1::1738]:51918 ttl=51 len=73 rule=fae559338f65e11c53669fc3642c93c2 raw=pass in=re0 way=In/PacketAtInterface",
    );
    check(
        "4,,,1000000105,re0,match,block,in,6,0x00,0x00000,57,tcp,6,20,2001:db8::80,2001:db8:1::5,443,51515,0,R,77,,0,,",
        "packet drop tcp [2001:db8::80]:443 > [2001:db8:1::5]:51515 flags=R state=NoState seq=77 ttl=57 len=20 rule=1000000105 raw=block in=re0 implicit way=In/PacketAtInterface",
    );
    check(
        "4,,,1000000105,re0,match,block,in,6,0x00,0x00000,255,ICMPv6,58,32,fe80::1,ff02::1,",
        "packet drop icmp6 fe80::1 > ff02::1 ttl=255 len=32 rule=1000000105 raw=block in=re0 implicit way=In/PacketAtInterface",
    );
}

#[test]
fn what_pf_had_against_it() {
    let with = |reason: &str, flags: &str| {
        outline(
            &Filterlog,
            &format!(
                "4,,,9,igb1,{reason},block,in,4,0x0,,64,1,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,{flags},1,1,501,,"
            ),
        )
    };
    for flags in ["A", "PA", "FA", "R", "RA", "SA"] {
        assert!(with("match", flags).contains("state=NoState"), "{flags}");
    }
    for flags in ["S", "SEW", "SEC", ""] {
        assert!(!with("match", flags).contains("state="), "{flags}");
    }
    assert!(with("state-mismatch", "A").contains("state=Invalid"));
    assert!(with("state-limit", "S").contains("control=TableFull"));
    check(
        "4,,,9,igb1,match,pass,in,4,0x0,,64,1,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,SA,1,1,501,,",
        "packet allow tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=SA seq=1 ip_id=1 ttl=64 len=52 rule=9 raw=pass in=igb1 way=In/PacketAtInterface",
    );
    check(
        "4,,,9,igb1,match,rdr,in,4,0x0,,64,1,0,DF,6,tcp,52,203.0.113.45,192.0.2.1,51515,443,0,S,1,,501,,",
        "packet nat tcp 203.0.113.45:51515 > 192.0.2.1:443 flags=S seq=1 ip_id=1 ttl=64 len=52 rule=9 raw=rdr in=igb1 way=In/PacketAtInterface",
    );
    assert!(
        outline(
            &Filterlog,
            "4,,,9,igb1,match,unkn(11),in,4,0x0,,64,1,0,DF,17,udp,52,10.0.0.11,10.0.0.12,1,2,9"
        )
        .starts_with("packet unknown udp")
    );
}

#[test]
fn network_messages() {
    let icmp = |rest: &str| {
        outline(&Filterlog, &format!("4,,,9,igb0,match,block,in,4,0x0,,53,8,0,none,1,icmp,56,198.51.100.1,192.0.2.10,{rest}"))
            .replace(" ip_id=8 ttl=53 len=56 rule=9 raw=block in=igb0 way=In/PacketAtInterface", "")
            .replace("packet drop icmp 198.51.100.1 > 192.0.2.10 ", "")
    };
    assert_eq!(icmp("request,24594,0"), "icmp=8/0 icmp_id=24594");
    assert_eq!(icmp("reply,24594,0"), "icmp=0/0 icmp_id=24594");
    assert_eq!(
        icmp("unreachport,198.51.100.1,UDP,161"),
        "icmp=3/3 inner(udp 192.0.2.10 > 198.51.100.1:161)"
    );
    assert_eq!(
        icmp("unreachproto,[198.51.100.1],[17]"),
        "icmp=3/2 inner(udp 192.0.2.10 > 198.51.100.1)"
    );
    assert_eq!(icmp("unreach,host 198.51.100.9 unreachable"), "icmp=3/1");
    assert_eq!(icmp("timexceed,time exceeded in-transit"), "icmp=11/0");
    assert_eq!(
        icmp("needfrag,198.51.100.1,1400"),
        "icmp=3/4 inner(unknown 192.0.2.10 > 198.51.100.1)"
    );
    assert_eq!(icmp("datalength=36,3,13,,,"), "icmp=3/13");
    assert_eq!(icmp("datalength=36,8,0,77,1"), "icmp=8/0 icmp_id=77");
}

#[test]
fn rows_of_the_web_page() {
    check(
        "✖ Feb 19 10:15:02 WAN Default deny rule IPv4 (1000000103) 203.0.113.80:443 192.0.2.10:51515 TCP:FA",
        "packet drop tcp 203.0.113.80:443 > 192.0.2.10:51515 flags=FA state=NoState rule=1000000103 rule_name=Default deny rule IPv4 in=WAN implicit",
    );
    check(
        "Feb 19 10:15:02\tWAN\tDefault deny rule IPv6 (1000000105)\t[2001:db8::80]:443\t[2001:db8:1::5]:51515\tTCP:SA".replace('\t', " ").as_str(),
        "packet drop tcp [2001:db8::80]:443 > [2001:db8:1::5]:51515 flags=SA state=NoState rule=1000000105 rule_name=Default deny rule IPv6 in=WAN implicit",
    );
    check(
        "✔ Feb 19 10:15:02 LAN let out (1700000009) 10.0.0.5:41022 203.0.113.53:53 UDP",
        "packet allow udp 10.0.0.5:41022 > 203.0.113.53:53 rule=1700000009 rule_name=let out in=LAN",
    );
    check(
        "Feb 19 10:15:02 LAN let out (1700000009) 10.0.0.5 224.0.0.1 IGMP",
        "packet unknown igmp 10.0.0.5 > 224.0.0.1 rule=1700000009 rule_name=let out in=LAN",
    );
    assert_eq!(
        outline_head(
            &Filterlog,
            "✖ Feb 19 10:15:02 WAN Default deny rule IPv4 (1000000103) 203.0.113.80:443 192.0.2.10:51515 TCP:FA"
        ),
        "2024-02-19T10:15:02.000000Z no_year "
    );
}

#[test]
fn lines_that_explain_traffic() {
    check(
        "Feb 19 10:15:02 fw kernel: [zone: pf states] PF states limit reached",
        "control unknown control=TableFull",
    );
    check(
        "Feb 19 10:15:02 fw kernel: carp: 1@igb0: BACKUP -> MASTER (preempting a slower master)",
        "control unknown control=Failover",
    );
    check(
        "Feb 19 10:15:02 fw dpinger[123]: WAN_DHCP 203.0.113.1: Alarm latency 0us stddev 0us loss 100%",
        "control unknown control=Routing",
    );
    check(
        "Feb 19 10:15:02 fw check_reload_status[123]: Reloading filter",
        "control unknown control=PolicyOrClear",
    );
    check(
        "Feb 19 10:15:02 fw dpinger[123]: send_interval 500ms loss_interval 2000ms",
        "Other",
    );
    check(
        "Feb 19 10:15:02 fw filterlog[9]: 9,,,9,igb0,match,block,in,4,0x10,,255,0,0,DF,112,carp,56,10.0.0.2,224.0.0.18,advertise,255,1,2,0,1",
        "packet drop vrrp 10.0.0.2 > 224.0.0.18 ttl=255 len=56 rule=9 raw=block in=igb0 way=In/PacketAtInterface",
    );
}

#[test]
fn what_is_not_ours_and_what_is_broken() {
    for foreign in [
        "2024-02-19,10:15:02,a,b,c,d,allow,in,4,1",
        "4,,,1000000103,igb1,match,block,up,4,0x0",
        "1,2024/02/19 10:15:02,007,TRAFFIC,end,1,pass,in,4",
        "Feb 19 10:15:02 fw kernel: igb0: link state changed to UP",
        "some (1234) words in brackets",
        "",
    ] {
        check(foreign, "Foreign");
    }
    let whole = "4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,FA";
    check(
        &whole[..whole.find(",203").expect("it is there")],
        "Malformed(Cut)",
    );
    check(&whole.replace(",443,", ",99999,"), "Malformed(BadEndpoint)");
    check(&whole.replace(",6,tcp,", ",x,y,"), "Malformed(BadEndpoint)");
    check(&whole.replace(",FA", ",F!"), "Malformed(BadSyntax)");
    check(&whole.replace("10.0.0.11", ""), "Malformed(NoAddress)");
    check(&whole.replace(",in,4,", ",in,6,"), "Malformed(BadEndpoint)");
    for cut in 0..whole.len() {
        outline(&Filterlog, &whole[..cut]);
        outline(&Filterlog, &whole[cut..]);
        gloss(&Filterlog, &whole[..cut]);
    }
}

#[test]
fn time_and_device() {
    let at =
        |line: &str, expected: &str| assert_eq!(outline_head(&Filterlog, line), expected, "{line}");
    let body = "4,,,9,igb1,match,block,in,4,0x0,,64,1,0,DF,17,udp,52,10.0.0.11,10.0.0.12,1,2,9";
    at(
        &format!("Feb 19 10:15:02 fw filterlog[72237]: {body}"),
        "2024-02-19T10:15:02.000000Z no_year fw",
    );
    at(
        &format!("<134>1 2024-02-19T10:15:02.5+01:00 fw.example.com filterlog 72237 - - {body}"),
        "2024-02-19T09:15:02.500000Z zoned fw.example.com",
    );
    at(
        &format!(
            "<134>1 2024-02-19T10:15:02+01:00 fw filterlog 69805 - [meta sequenceId=\"26\"] {body}"
        ),
        "2024-02-19T09:15:02.000000Z zoned fw",
    );
    at(body, "1970-01-01T00:00:00.000000Z missing ");
}

#[test]
fn the_gloss_names_every_field() {
    assert_eq!(
        gloss(
            &Filterlog,
            "Feb 19 10:15:02 fw filterlog[72237]: 4,,,1000000103,igb1,match,block,in,4,0x0,,64,12617,0,DF,6,tcp,52,10.0.0.11,203.0.113.45,443,51515,0,FA,1891286705,77120,501,,nop"
        ),
        "time=Feb 19 10:15:02 · device=fw · rule number=4 · tracker=1000000103 · interface=igb1 · reason=match · action=block · direction=in · IP version=4 · \
         TOS=0x0 · TTL=64 · ID=12617 · offset=0 · IP flags=DF · protocol number=6 · protocol=tcp · length=52 · source=10.0.0.11 · destination=203.0.113.45 · \
         source port=443 · destination port=51515 · data length=0 · TCP flags=FA · sequence=1891286705 · acknowledged=77120 · window=501 · options=nop"
    );
    assert_eq!(
        gloss(
            &Filterlog,
            "4,,,9,re0,match,pass,in,6,0x00,0x0ea87,51,udp,17,73,2001:db8::8a,2001:db8:1::1738,6881,51918,73"
        ),
        "rule number=4 · tracker=9 · interface=re0 · reason=match · action=pass · direction=in · IP version=6 · class=0x00 · flow label=0x0ea87 · hop limit=51 · \
         protocol=udp · protocol number=17 · length=73 · source=2001:db8::8a · destination=2001:db8:1::1738 · source port=6881 · destination port=51918 · data length=73"
    );
    assert_eq!(
        gloss(
            &Filterlog,
            "✖ Feb 19 10:15:02 WAN Default deny rule IPv4 (1000000103) 203.0.113.80:443 192.0.2.10:51515 TCP:FA"
        ),
        "action=✖ · time=Feb 19 10:15:02 · interface=WAN · rule=Default deny rule IPv4 · tracker=1000000103 · source=203.0.113.80:443 · destination=192.0.2.10:51515 · protocol=TCP · TCP flags=FA"
    );
}
