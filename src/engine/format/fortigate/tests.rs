//! What each FortiGate line says, line by line. Every trap of the dialect is a test.

use super::*;
use crate::engine::format::Field;
use crate::engine::format::outline::outline;
use crate::engine::model::StampQuality::{AssumedZone, Zoned};
use crate::engine::model::{Event, NameId, StampQuality, stamp};
use crate::engine::source::record::Head;

/// Everything that a line says, as `outline` prints it.
fn check(line: &str, expected: &str) {
    assert_eq!(outline(&FortiGate, line), expected, "{line}");
}

fn one(line: &str) -> (Event, Names) {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let parsed = FortiGate.open(Clock::default()).parse(
        &Record::plain(line.as_bytes()),
        &mut names,
        &mut sink,
    );
    assert_eq!((parsed, sink.events.len()), (Parsed::Events, 1), "{line}");
    (sink.events[0], names)
}

const DENY_4: &str = "date=2024-02-19 time=10:15:02 devname=fw1 device_id=FG0000000000000 log_id=0038000007 type=traffic subtype=other pri=warning vd=root src=10.0.0.11 srcname=10.0.0.11 src_port=80 src_int=\"dmz\" dst=203.0.113.45 dstname=203.0.113.45 dst_port=51515 dst_int=\"wan1\" SN=48210077 status=deny policyid=0 service=51515/tcp proto=6 duration=0 sent=0 rcvd=0 msg=\"no session matched\"";
const CLOSE_6: &str = "date=2024-02-19 time=10:15:02 devname=\"fw1\" devid=\"FG0000000000000\" eventtime=1708337702123456789 tz=\"+0000\" logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip=10.1.1.5 srcport=50012 srcintf=\"port12\" srcintfrole=\"lan\" dstip=203.0.113.80 dstport=443 dstintf=\"port11\" dstintfrole=\"wan\" sessionid=105048 proto=6 action=\"close\" policyid=7 policytype=\"policy\" service=\"HTTPS\" trandisp=\"snat\" transip=198.51.100.2 transport=22011 duration=116 sentbyte=1188 rcvdbyte=9224 sentpkt=17 rcvdpkt=16";

/// A traffic line of FortiOS 6 and later, with the parts that a test is about.
fn traffic(parts: &str) -> String {
    format!(
        "date=2024-02-19 time=10:15:02 devname=\"fw1\" devid=\"FG0\" type=\"traffic\" vd=\"root\" srcip=10.1.1.5 dstip=203.0.113.80 {parts}"
    )
}

#[test]
fn the_old_spelling() {
    check(
        DENY_4,
        "packet drop tcp 10.0.0.11:80 > 203.0.113.45:51515 state=NoState bytes_f=0 bytes_r=0 id=48210077 vsys=root rule=0 raw=deny in=dmz out=wan1",
    );
    let (event, _) = one(DENY_4);
    assert_eq!(
        (event.ts.quality, event.ts.resolution_us),
        (StampQuality::AssumedZone, 1_000_000)
    );
    assert_eq!(
        stamp::rfc3339(event.ts.micros),
        "2024-02-19T10:15:02.000000Z"
    );
    assert_eq!(event.device, NameId::of(b"fw1"));
}

#[test]
fn a_finished_connection() {
    check(
        CLOSE_6,
        "session_end close tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(198.51.100.2:22011 > -) init=Src end=fin bytes_f=1188 bytes_r=9224 pkts_f=17 pkts_r=16 seconds=116 id=105048 vsys=root rule=7 raw=close app=HTTPS in=port12 out=port11 in_role=Lan out_role=Wan way=Forward/InitiatorSide",
    );
    let (event, _) = one(CLOSE_6);
    assert_eq!(event.ts.quality, StampQuality::Zoned);
    assert_eq!(
        stamp::rfc3339(event.ts.micros),
        "2024-02-19T10:15:02.123456Z"
    );
    assert_eq!(event.ts_start, Some(event.ts.micros - 116_000_000));
}

#[test]
fn every_action_word() {
    let head = "tcp 10.1.1.5:5 > 203.0.113.80:443 init=Src";
    let tail = "vsys=root rule=7 raw=";
    let row = |action: &str, rest: &str| {
        traffic(&format!(
            "srcport=5 dstport=443 proto=6 policyid=7 action=\"{action}\" {rest}"
        ))
    };
    check(
        &row("accept", "logid=\"0000000013\""),
        &format!("session_end allow {head} end=unknown {tail}accept"),
    );
    check(
        &row("accept", "logid=\"0000000015\""),
        &format!("session_start start {head} {tail}accept"),
    );
    check(
        &row("accept", "logid=\"0000000020\""),
        &format!("session_update allow {head} {tail}accept"),
    );
    check(
        &row("start", ""),
        &format!("session_start start {head} {tail}start"),
    );
    check(
        &row("timeout", ""),
        &format!("session_end timeout {head} end=idle_timeout {tail}timeout"),
    );
    check(
        &row("client-rst", ""),
        &format!("session_end reset {head} end=rst_client by=Client {tail}client-rst"),
    );
    check(
        &row("server-rst", ""),
        &format!("session_end reset {head} end=rst_server by=Server {tail}server-rst"),
    );
    check(
        &row("dns", ""),
        &format!("session_end allow {head} end=response {tail}dns"),
    );
    check(
        &row("unheard-of", ""),
        &format!("session_update unknown {head} {tail}unheard-of"),
    );
}

#[test]
fn a_connection_that_nobody_answered_is_no_block() {
    check(
        &traffic(
            "subtype=\"forward\" srcport=5 dstport=443 proto=6 policyid=7 action=\"ip-conn\" sentbyte=120 rcvdbyte=0",
        ),
        "session_end timeout tcp 10.1.1.5:5 > 203.0.113.80:443 init=Src end=syn_timeout bytes_f=120 bytes_r=0 vsys=root rule=7 raw=ip-conn way=Forward/InitiatorSide",
    );
}

#[test]
fn what_a_deny_says_of_its_packet() {
    let row = |rest: &str| {
        traffic(&format!(
            "subtype=\"forward\" srcport=80 dstport=51515 proto=6 action=\"deny\" policyid=0 {rest}"
        ))
    };
    let head = "packet drop tcp 10.1.1.5:80 > 203.0.113.80:51515";
    let tail = "vsys=root rule=0 raw=deny";
    let way = "way=Forward/PacketAtInterface";
    check(
        &row("logid=\"0000000007\""),
        &format!("{head} state=NoState {tail} {way}"),
    );
    check(
        &row("msg=\"no session matched\""),
        &format!("{head} state=NoState {tail} {way}"),
    );
    check(
        &row("msg=\"reverse path check fail, drop\""),
        &format!("{head} state=Spoofed {tail} {way}"),
    );
    check(
        &row("msg=\"replay packet(allow_err), drop\""),
        &format!("{head} state=Invalid {tail} {way}"),
    );
    check(
        &row("msg=\"Denied by forward policy check (policy 0)\""),
        &format!("{head} {tail} implicit {way}"),
    );
    check(
        &row("logid=\"0000000003\" sentbyte=0 rcvdbyte=0 duration=0"),
        &format!("{head} bytes_f=0 bytes_r=0 {tail} implicit {way}"),
    );
    check(
        &row("logid=\"0038000007\" msg=\"iprope_in_check() check failed, drop\""),
        &format!("{head} {tail} out_role=Local implicit way=LocalIn/PacketAtInterface"),
    );
    check(
        &traffic(
            "subtype=\"forward\" srcport=80 dstport=51515 proto=6 action=\"deny\" policyid=12 policyname=\"no way out\"",
        ),
        "packet drop tcp 10.1.1.5:80 > 203.0.113.80:51515 vsys=root rule=12 rule_name=no way out raw=deny way=Forward/PacketAtInterface",
    );
}

#[test]
fn rule_0_of_local_traffic_is_no_deny() {
    check(
        &traffic(
            "logid=\"0001000014\" subtype=\"local\" srcport=62024 srcintf=\"port11\" dstport=443 dstintf=\"root\" proto=6 action=\"server-rst\" policyid=0 policytype=\"local-in-policy\" app=\"Web Management(HTTPS)\"",
        ),
        "session_end reset tcp 10.1.1.5:62024 > 203.0.113.80:443 init=Src end=rst_server by=Server vsys=root rule=0 raw=server-rst app=Web Management(HTTPS) in=port11 out=root out_role=Local way=LocalIn/InitiatorSide",
    );
    check(
        &traffic(
            "subtype=\"local\" srcport=62024 srcintf=\"unknown-0\" dstport=53 dstintf=\"wan1\" proto=17 action=\"accept\" policyid=0",
        ),
        "session_end allow udp 10.1.1.5:62024 > 203.0.113.80:53 init=Src end=unknown vsys=root rule=0 raw=accept out=wan1 in_role=Local way=LocalOut/InitiatorSide",
    );
    // FortiOS 4 has no such subtype: the interface of the firewall itself is named like the virtual firewall.
    check(
        "date=2013-02-19 time=10:15:02 device_id=FG0 log_id=0038000004 type=traffic subtype=other vd=root src=192.0.2.7 dst=192.0.2.1 src_port=5 dst_port=22 src_int=\"wan1\" dst_int=\"root\" status=start policyid=0 proto=6",
        "session_start start tcp 192.0.2.7:5 > 192.0.2.1:22 init=Src vsys=root rule=0 raw=start in=wan1 out=root out_role=Local way=LocalIn/InitiatorSide",
    );
}

#[test]
fn tranip_is_the_destination_and_transip_the_source() {
    let row = |rest: &str| {
        traffic(&format!(
            "srcport=5 dstport=443 proto=6 policyid=7 action=\"start\" {rest}"
        ))
    };
    let head = "session_start start tcp 10.1.1.5:5 > 203.0.113.80:443";
    let tail = "init=Src vsys=root rule=7 raw=start";
    check(
        &row("trandisp=\"dnat\" tranip=10.9.9.9 tranport=8443"),
        &format!("{head} nat(- > 10.9.9.9:8443) {tail}"),
    );
    check(
        &row("trandisp=\"snat\" transip=192.0.2.2 transport=0"),
        &format!("{head} nat(192.0.2.2 > -) {tail}"),
    );
    check(
        &row(
            "tran_disp=snat+dnat tran_ip=10.9.9.9 tran_port=8443 tran_sip=192.0.2.2 tran_sport=60000",
        ),
        &format!("{head} nat(192.0.2.2:60000 > 10.9.9.9:8443) {tail}"),
    );
    check(
        &row("trandisp=\"noop\" tranip=0.0.0.0 tranport=0"),
        &format!("{head} {tail}"),
    );
    check(
        &row("trandisp=\"snat\" transip=0.0.0.0 transport=0"),
        &format!("{head} {tail}"),
    );
}

#[test]
fn icmp_numbers_are_no_ports() {
    let row = |rest: &str| traffic(&format!("action=\"accept\" policyid=7 {rest}"));
    let tail = "init=Src end=unknown";
    check(
        &row("proto=1 identifier=29027 service=\"PING\""),
        &format!(
            "session_end allow icmp 10.1.1.5 > 203.0.113.80 {tail} icmp=8/0 icmp_id=29027 vsys=root rule=7 raw=accept app=PING"
        ),
    );
    check(
        &row("proto=1 service=\"3/icmp\" srcport=0 dstport=771"),
        &format!(
            "session_end allow icmp 10.1.1.5 > 203.0.113.80 {tail} icmp=3/0 vsys=root rule=7 raw=accept"
        ),
    );
    check(
        &row("proto=1 srcport=512 dstport=2048"),
        &format!(
            "session_end allow icmp 10.1.1.5 > 203.0.113.80 {tail} icmp=8/0 vsys=root rule=7 raw=accept"
        ),
    );
    let six = "date=2024-02-19 time=10:15:02 devid=FG0 type=traffic subtype=local srcip=2001:db8::1 dstip=2001:db8::2 identifier=0 proto=58 action=accept policyid=0";
    check(
        &format!("{six} service=\"icmp6/143/0\""),
        &format!(
            "session_end allow icmp6 2001:db8::1 > 2001:db8::2 {tail} icmp=143/0 rule=0 raw=accept out_role=Local way=LocalIn/InitiatorSide"
        ),
    );
}

#[test]
fn an_answer_was_opened_by_its_destination() {
    check(
        &traffic("srcport=443 dstport=50000 proto=6 policyid=7 action=\"accept\" dirdisp=reply"),
        "session_end allow tcp 10.1.1.5:443 > 203.0.113.80:50000 init=Dst end=unknown vsys=root rule=7 raw=accept",
    );
    check(
        &traffic("srcport=443 dstport=50000 proto=6 policyid=7 action=\"accept\" dir_disp=org"),
        "session_end allow tcp 10.1.1.5:443 > 203.0.113.80:50000 init=Src end=unknown vsys=root rule=7 raw=accept",
    );
}

#[test]
fn what_was_only_overheard_was_not_let_through() {
    check(
        &traffic(
            "subtype=\"sniffer\" srcport=5 dstport=443 proto=6 action=\"accept\" policyid=3 transip=0.0.0.0 transport=0",
        ),
        "session_end unknown tcp 10.1.1.5:5 > 203.0.113.80:443 init=Src end=unknown vsys=root rule=3 raw=accept",
    );
}

#[test]
fn statistics_under_way_are_totals_or_differences() {
    let row = |rest: &str| {
        traffic(&format!(
            "logid=\"0000000020\" srcport=5 dstport=443 proto=6 action=\"accept\" policyid=7 {rest}"
        ))
    };
    check(
        &row("duration=60 sentbyte=900 rcvdbyte=800 sentdelta=90 rcvddelta=80"),
        "session_update allow tcp 10.1.1.5:5 > 203.0.113.80:443 init=Src bytes_f=900 bytes_r=800 seconds=60 vsys=root rule=7 raw=accept",
    );
    let (event, _) = one(&row("sentdelta=90 rcvddelta=80"));
    assert_eq!(
        (event.count_kind, event.bytes_f),
        (crate::engine::model::CountKind::Delta, Some(90))
    );
}

#[test]
fn stray_blanks() {
    let line = "date=2013-02-19 time=12: 26:24 device_id=FG0 log_id=0021000002 type=traffic subtype=allowed src=10.1.1.5 dst=203.0.113.80 src_port=5 dst_port=3389 service=Terminal Services status=accept policyid=7 proto=6";
    check(
        line,
        "session_end allow tcp 10.1.1.5:5 > 203.0.113.80:3389 init=Src end=unknown rule=7 raw=accept app=Terminal Services",
    );
    assert_eq!(
        stamp::rfc3339(one(line).0.ts.micros),
        "2013-02-19T12:26:24.000000Z"
    );
}

#[test]
fn times_and_zones() {
    let time = |date_and_time: &str| {
        let (event, _) = one(&format!(
            "{date_and_time} devid=FG0 type=traffic subtype=forward srcip=10.0.0.1 dstip=10.0.0.2 action=close policyid=1 proto=6"
        ));
        (stamp::rfc3339(event.ts.micros), event.ts.quality)
    };
    let at = |text: &str, quality: StampQuality| (text.to_string(), quality);
    assert_eq!(
        time("date=2024-02-19 time=10:15:02 tz=\"-0500\""),
        at("2024-02-19T15:15:02.000000Z", Zoned)
    );
    assert_eq!(
        time("date=2024-02-19 time=10:15:02 tz=\"UTC+2\""),
        at("2024-02-19T08:15:02.000000Z", Zoned)
    );
    // 1708337702 is 10:15:02 in universal time: the clock is an hour ahead, or the same.
    assert_eq!(
        time("date=2024-02-19 time=11:15:02 eventtime=1708337702"),
        at("2024-02-19T10:15:02.000000Z", Zoned)
    );
    assert_eq!(
        time("date=2024-02-19 time=10:15:02 eventtime=1708337702123"),
        at("2024-02-19T10:15:02.123000Z", Zoned)
    );
    // Seven minutes off is no zone: the two do not speak of one moment.
    assert_eq!(
        time("date=2024-02-19 time=10:22:02 eventtime=1708337702"),
        at("2024-02-19T10:22:02.000000Z", AssumedZone)
    );
    assert_eq!(
        time("date=2024-02-19 time=10:15:02 eventtime=99999999999999999999"),
        at("2024-02-19T10:15:02.000000Z", AssumedZone)
    );
    assert_eq!(
        time("time=10:15:02 eventtime=1708337702123456789 tz=\"+0000\""),
        at("2024-02-19T10:15:02.123456Z", Zoned)
    );
}

#[test]
fn the_line_wins_over_the_header_before_it() {
    let head = Head {
        stamp: stamp_of(1),
        host: b"relay",
        tag: b"",
    };
    let body = |text| Record {
        text,
        body: text,
        head,
    };
    let parse = |text: &'static [u8]| {
        let (mut names, mut sink) = (Names::default(), Sink::default());
        FortiGate
            .open(Clock::default())
            .parse(&body(text), &mut names, &mut sink);
        (
            names.or_empty(sink.events[0].device).to_string(),
            sink.events[0].ts,
        )
    };
    let (device, ts) = parse(b"date=2024-02-19 time=10:15:02 devname=fw1 devid=FG0 type=traffic subtype=forward srcip=10.0.0.1 dstip=10.0.0.2 action=close policyid=1");
    assert_eq!(
        (device.as_str(), ts.quality),
        ("fw1", StampQuality::AssumedZone)
    );
    let (device, ts) = parse(b"type=traffic subtype=forward vd=root srcip=10.0.0.1 dstip=10.0.0.2 action=close policyid=1");
    assert_eq!((device.as_str(), ts), ("relay", stamp_of(1)));
}

fn stamp_of(micros: i64) -> crate::engine::model::Stamp {
    crate::engine::model::Stamp::new(micros, StampQuality::Zoned, 1)
}

#[test]
fn headers_that_were_left_on_do_not_matter() {
    let line = format!("<189>Feb 19 10:15:02 192.0.2.1 {CLOSE_6}");
    assert_eq!(outline(&FortiGate, &line), outline(&FortiGate, CLOSE_6));
}

#[test]
fn inspection_speaks_of_a_tracked_connection() {
    let row = |kind: &str, rest: &str| {
        format!(
            "date=2024-02-19 time=10:15:02 logid=\"0316013056\" type=\"utm\" subtype=\"{kind}\" vd=\"vdom1\" policyid=1 sessionid=381780 srcip=10.1.1.5 srcport=44258 dstip=203.0.113.80 dstport=80 proto=6 {rest}"
        )
    };
    let head = "tcp 10.1.1.5:44258 > 203.0.113.80:80";
    let tail = "id=381780 vsys=vdom1 rule=1 raw=";
    check(
        &row("webfilter", "action=\"blocked\" direction=\"outgoing\""),
        &format!("session_update drop {head} init=Src {tail}blocked"),
    );
    check(
        &row("app-ctrl", "action=\"pass\" direction=\"incoming\""),
        &format!("session_update allow {head} init=SrcWeak {tail}pass"),
    );
    check(
        &row("ips", "action=\"reset\""),
        &format!("session_update reject {head} init=SrcWeak state=Alarm {tail}reset"),
    );
    check(
        "date=2024-02-19 time=10:15:02 logid=\"0509061010\" type=\"utm\" subtype=\"emailfilter\" vd=\"root\" action=\"blocked\"",
        "Other",
    );
}

#[test]
fn flood_meters_are_no_connections() {
    check(
        "date=2024-02-19 time=10:15:02 logid=\"0720018433\" type=\"utm\" subtype=\"anomaly\" vd=\"root\" srcip=10.1.1.5 dstip=203.0.113.80 srcintf=\"port12\" sessionid=0 action=\"clear_session\" proto=1 service=\"PING\" count=306 attack=\"icmp_flood\" icmpid=\"0x1474\" icmptype=\"0x08\" icmpcode=\"0x00\"",
        "control drop icmp 10.1.1.5 > 203.0.113.80 icmp=8/0 icmp_id=5236 repeat=306 vsys=root raw=clear_session app=PING in=port12 control=RateMeter",
    );
}

#[test]
fn what_the_firewall_says_of_itself() {
    let row = |subtype: &str, rest: &str| {
        format!(
            "date=2024-02-19 time=10:00:00 devname=fw1 devid=FG0 logid=\"0108037892\" type=\"event\" subtype=\"{subtype}\" vd=\"root\" {rest}"
        )
    };
    let said = |control: &str| format!("control unknown vsys=root control={control}");
    check(
        &row(
            "ha",
            "logdesc=\"Virtual cluster member state moved\" msg=\"Virtual cluster's member state moved\" ha_role=\"master\"",
        ),
        &said("Failover"),
    );
    check(
        &row("ha", "msg=\"HA slave became master\""),
        &said("Failover"),
    );
    check(
        &row(
            "ha",
            "logdesc=\"Virtual cluster member joined\" msg=\"Virtual cluster detected member join\"",
        ),
        "Other",
    );
    check(
        &row(
            "system",
            "logdesc=\"System started\" msg=\"FortiGate started\"",
        ),
        &said("Restart"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Device rebooted\" action=\"reboot\" msg=\"User admin rebooted the device from GUI\"",
        ),
        &said("Restart"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Memory conserve mode entered\" msg=\"Kernel enters memory conserve mode\"",
        ),
        &said("TableFull"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Memory conserve mode exited\" msg=\"Kernel leaves memory conserve mode\"",
        ),
        &said("TableFull"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Session limit\" msg=\"session limit of the virtual domain reached\"",
        ),
        &said("TableFull"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Object attribute configured\" action=\"Edit\" cfgpath=\"firewall.policy\" cfgobj=\"7\" msg=\"Edit firewall.policy 7\"",
        ),
        &said("PolicyOrClear"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Object attribute configured\" cfgpath=\"log.syslogd.setting\" msg=\"Edit log.syslogd.setting\"",
        ),
        "Other",
    );
    check(
        &row(
            "system",
            "logdesc=\"Session clear\" msg=\"User admin cleared 12 sessions\"",
        ),
        &said("PolicyOrClear"),
    );
    check(
        &row(
            "system",
            "logdesc=\"Link monitor status\" msg=\"Link Monitor: Interface wan1 was turned down\"",
        ),
        &said("Routing"),
    );
    check(
        &row(
            "sdwan",
            "logdesc=\"Virtual WAN Link status\" msg=\"Number of pass member changed.\"",
        ),
        &said("Routing"),
    );
    check(
        &row(
            "sdwan",
            "logdesc=\"Virtual WAN Link SLA information\" status=\"up\" msg=\"Health Check SLA status. SLA passed\"",
        ),
        "Other",
    );
    check(
        &row(
            "system",
            "logdesc=\"Admin login successful\" srcip=192.0.2.7 dstip=192.0.2.1 action=\"login\" msg=\"Administrator admin logged in\"",
        ),
        "session_update unknown 192.0.2.7 > 192.0.2.1 init=SrcWeak vsys=root raw=login",
    );
    check(
        &row(
            "vpn",
            "logdesc=\"Progress IPsec phase 1\" action=\"negotiate\" remip=203.0.113.1 locip=192.0.2.1 remport=500 locport=500 init=\"local\" dir=\"inbound\"",
        ),
        "session_update unknown udp 203.0.113.1:500 > 192.0.2.1:500 init=Dst vsys=root raw=negotiate",
    );
    check(
        &row(
            "vpn",
            "logdesc=\"SSL VPN statistics\" sentbyte=1 rcvdbyte=2 msg=\"SSL tunnel statistics\"",
        ),
        "Other",
    );
}

#[test]
fn lines_of_others_are_not_ours() {
    let foreign = [
        "",
        "Feb 19 10:15:02 host sshd[1]: session opened",
        "id=firewall sn=0017C5 time=\"2024-02-19 10:15:02\" fw=192.0.2.1 pri=5 c=64 m=36 msg=\"TCP connection dropped\" n=1 src=10.0.0.1:5:X0 dst=10.0.0.2:6:X1",
        "device=\"SFW\" date=2024-02-19 time=10:15:02 timezone=\"CET\" device_name=\"XG\" device_id=S1 log_id=010101600001 log_type=\"Firewall\" log_component=\"Firewall Rule\" log_subtype=\"Allowed\" status=\"Allow\" src_ip=10.0.0.1 dst_ip=10.0.0.2",
        "CEF:0|Fortinet|Fortigate|v6.0.3|18433|utm:anomaly|7|deviceExternalId=FGT FTNTFGTlogid=0720018433 cat=utm:anomaly FTNTFGTsubtype=anomaly src=10.1.100.11 dst=172.16.200.55 act=clear_session FTNTFGTpolicyid=1",
        "IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP SPT=1 DPT=2",
        "date=2024-02-19,time=10:15:02,devid=FG0,logid=0000000013,type=traffic,subtype=forward,srcip=10.0.0.1,dstip=10.0.0.2,policyid=1",
        "\"date=2024-02-19\",\"time=10:15:02\",\"type=traffic\",\"subtype=forward\",\"srcip=10.0.0.1\",\"service=A B\",\"dstip=10.0.0.2\"",
        "time=\"2024-02-19T10:15:02Z\" level=info type=traffic msg=hello",
    ];
    for line in foreign {
        check(line, "Foreign");
    }
}

#[test]
fn broken_lines_say_why() {
    let head =
        "date=2024-02-19 time=10:15:02 devid=FG0 logid=0000000013 type=traffic subtype=forward";
    check(
        &format!("{head} srcip=10.0.0.1 action=close"),
        "Malformed(NoAddress)",
    );
    check(
        &format!("{head} srcip=10.0.0.1 srcintf=\"por"),
        "Malformed(Cut)",
    );
    check(
        &format!("{head} srcip=10.0.0.1 dstip=10.0.0.2 proto=6 srcport=99999 action=close"),
        "Malformed(BadEndpoint)",
    );
    check(
        &format!("{head} srcip=10.0.0.1 dstip=10.0.0.2 proto=999 action=close"),
        "Malformed(BadEndpoint)",
    );
    check(
        &format!("{head} uid=A1 srcname=browser.exe remotename=203.0.113.80"),
        "Other",
    );
    let wild = "date=2024-13-45 time=99:99:99 devid=FG0 type=traffic subtype=forward srcip=10.0.0.1 dstip=10.0.0.2 action=close duration=18446744073709551615";
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let parsed = FortiGate.open(Clock::default()).parse(
        &Record::plain(wild.as_bytes()),
        &mut names,
        &mut sink,
    );
    assert_eq!(
        parsed,
        Parsed::Malformed(crate::engine::model::Reason::BadTime)
    );
}

#[test]
fn redacted_addresses_are_kept_as_names() {
    check(
        "date=2024-02-19 time=10:15:02 devid=FG0 type=traffic subtype=forward srcip=x.x.x.x srcport=80 dstip=aaa.bbb.ccc.6 dstport=51515 proto=6 action=deny policyid=3",
        "packet drop tcp x.x.x.x:80 > aaa.bbb.ccc.6:51515 rule=3 raw=deny way=Forward/PacketAtInterface",
    );
}

#[test]
fn the_gloss_names_every_field() {
    for line in [DENY_4, CLOSE_6, ABOUT.example] {
        let spans = FortiGate.gloss(line.as_bytes(), None);
        assert_eq!(spans.len(), line.matches('=').count(), "{line}");
        for span in &spans {
            assert!(
                line[span.start..span.end].starts_with(&format!("{}=", span.name)),
                "{}",
                span.name
            );
            assert!(
                !line[span.value_start..span.value_end].contains('"'),
                "{}",
                span.name
            );
            assert!(!span.meaning.is_empty(), "{}", span.name);
        }
    }
    let spans = FortiGate.gloss(DENY_4.as_bytes(), None);
    let port = spans
        .iter()
        .find(|span| span.name == "src_port")
        .expect("src_port");
    assert_eq!(
        (
            port.field,
            &DENY_4[port.start..port.end],
            &DENY_4[port.value_start..port.value_end]
        ),
        (Field::SourcePort, "src_port=80", "80")
    );
}

#[test]
fn any_cut_of_a_line_is_survived() {
    let (mut names, mut sink) = (Names::default(), Sink::default());
    let mut parser = FortiGate.open(Clock::default());
    for line in [DENY_4, CLOSE_6, ABOUT.example] {
        for end in 0..line.len() {
            parser.parse(
                &Record::plain(&line.as_bytes()[..end]),
                &mut names,
                &mut sink,
            );
            parser.parse(
                &Record::plain(&line.as_bytes()[end..]),
                &mut names,
                &mut sink,
            );
            FortiGate.gloss(&line.as_bytes()[end..], None);
        }
    }
}
