use super::Netfilter;
use crate::engine::format::outline::{gloss, outline, outline_head};

fn check(line: &str, expected: &str) {
    assert_eq!(outline(&Netfilter, line), expected, "{line}");
}

/// A SYN from outside behind `prefix`; what the prefix makes of it.
fn check_prefix(prefix: &str, action: &str, rest: &str) {
    check(
        &format!(
            "Feb 19 10:15:02 web1 kernel: [640032.155419] {prefix}IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=60 TTL=64 ID=7 PROTO=TCP SPT=40222 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0"
        ),
        &join(
            &format!("packet {action} tcp 203.0.113.9:40222 > 192.0.2.10:22 flags=S"),
            rest,
        ),
    );
}

/// `rest` is what the prefix adds before and after the fields of the packet, split at ` … `.
fn join(start: &str, rest: &str) -> String {
    let (state, rule) = rest.split_once(" … ").unwrap_or(("", rest));
    let parts = [start, state, "ip_id=7 ttl=64 len=60", rule, "in=eth0"];
    let mut text = parts
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    if let Some(without) = text.strip_suffix(" implicit in=eth0") {
        text = format!("{without} in=eth0 implicit");
    }
    text + " way=LocalIn/PacketAtInterface"
}

#[test]
fn the_prefix_tells_action_rule_and_state() {
    check_prefix("[UFW BLOCK] ", "drop", "rule=UFW BLOCK raw=BLOCK");
    check_prefix("[UFW ALLOW] ", "allow", "rule=UFW ALLOW raw=ALLOW");
    check_prefix(
        "[UFW LIMIT BLOCK] ",
        "drop",
        "rule=UFW LIMIT BLOCK raw=BLOCK",
    );
    check_prefix("[UFW AUDIT] ", "unknown", "rule=UFW AUDIT");
    check_prefix(
        "[UFW AUDIT INVALID] ",
        "unknown",
        "state=Invalid … rule=UFW AUDIT INVALID",
    );
    check_prefix("IPTABLES-DROP: ", "drop", "rule=IPTABLES-DROP raw=DROP");
    check_prefix(
        "iptables denied: ",
        "drop",
        "rule=iptables denied raw=denied",
    );
    check_prefix("REJECT wan in: ", "reject", "rule=REJECT wan in raw=REJECT");
    check_prefix("Shorewall:net2fw:DROP:", "drop", "rule=net2fw raw=DROP");
    check_prefix(
        "Shorewall:loc-net:ACCEPT:",
        "allow",
        "rule=loc-net raw=ACCEPT",
    );
    check_prefix(
        "FINAL_REJECT: ",
        "reject",
        "rule=FINAL_REJECT raw=REJECT implicit",
    );
    check_prefix(
        "filter_IN_public_DROP: ",
        "drop",
        "rule=filter_IN_public_DROP raw=DROP",
    );
    check_prefix(
        "STATE_INVALID_DROP: ",
        "drop",
        "state=Invalid … rule=STATE_INVALID_DROP raw=DROP",
    );
    check_prefix("[WAN_IN-10-A]", "allow", "rule=WAN_IN-10 raw=A");
    check_prefix(
        "[WAN_LOCAL-default-D]",
        "drop",
        "rule=WAN_LOCAL-default raw=D implicit",
    );
    check_prefix("[DROP-LIST-30-A]", "allow", "rule=DROP-LIST-30 raw=A");
    check_prefix("[WAN_IN-20-R]", "reject", "rule=WAN_IN-20 raw=R");
    check_prefix(
        "[WAN_LOCAL-D-2147483647] DESCR=\"Block all\" ",
        "drop",
        "rule=WAN_LOCAL-D-2147483647 raw=D",
    );
    check_prefix(
        "DROP_BADSTATE ",
        "drop",
        "state=Invalid … rule=DROP_BADSTATE raw=DROP",
    );
    check_prefix(
        "ctstate INVALID drop ",
        "drop",
        "state=Invalid … rule=ctstate INVALID drop raw=drop",
    );
    check_prefix(
        "DROP_NEWNOTSYN ",
        "drop",
        "state=NoState … rule=DROP_NEWNOTSYN raw=DROP",
    );
    check_prefix(
        "DROP_SPOOFED_MARTIAN ",
        "drop",
        "state=Spoofed … rule=DROP_SPOOFED_MARTIAN raw=DROP",
    );
    check_prefix("logdrop ", "drop", "rule=logdrop raw=logdrop");
    check_prefix("f2b BANNED ", "drop", "rule=f2b BANNED raw=BANNED");
    // Trap 13: no verdict unless the prefix has one.
    check_prefix("", "unknown", "");
    check_prefix("ssh: ", "unknown", "rule=ssh");
    check_prefix("BYPASS COMPASS ", "unknown", "rule=BYPASS COMPASS");
}

#[test]
fn every_flag_counts_by_itself() {
    // Trap 1 and E10: an ECN opening is an opening.
    check(
        "Feb 19 10:15:02 web1 kernel: [640032.155419] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=108 ID=27003 DF PROTO=TCP SPT=56160 DPT=25 WINDOW=64240 RES=0x00 CWR ECE SYN URGP=0",
        "packet drop tcp 203.0.113.9:56160 > 192.0.2.10:25 flags=SEC ip_id=27003 ttl=108 len=52 rule=UFW BLOCK raw=BLOCK in=eth0 way=LocalIn/PacketAtInterface",
    );
    // Trap 2 and E8: an answer to an opening is none.
    check(
        "[UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.80 DST=192.0.2.10 LEN=44 TTL=52 ID=0 DF PROTO=TCP SPT=80 DPT=31337 WINDOW=29200 RES=0x00 ACK SYN URGP=0",
        "packet drop tcp 198.51.100.80:80 > 192.0.2.10:31337 flags=SA state=NoState ttl=52 len=44 rule=UFW BLOCK raw=BLOCK in=eth0 way=LocalIn/PacketAtInterface",
    );
    // E9: a SYN from a service port, and the same with ACK FIN.
    check(
        "[UFW BLOCK] IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.77 LEN=44 TTL=64 ID=9 PROTO=TCP SPT=80 DPT=4444 WINDOW=1024 RES=0x00 SYN URGP=0",
        "packet drop tcp 192.0.2.10:80 > 203.0.113.77:4444 flags=S ip_id=9 ttl=64 len=44 rule=UFW BLOCK raw=BLOCK out=eth0 way=LocalOut/PacketAtInterface",
    );
    check(
        "[UFW BLOCK] IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.77 LEN=44 TTL=64 ID=9 PROTO=TCP SPT=80 DPT=51515 WINDOW=1024 RES=0x00 ACK FIN URGP=0",
        "packet drop tcp 192.0.2.10:80 > 203.0.113.77:51515 flags=FA state=NoState ip_id=9 ttl=64 len=44 rule=UFW BLOCK raw=BLOCK out=eth0 way=LocalOut/PacketAtInterface",
    );
    // ACK= with a number is no flag, RES= may be missing, sequence numbers may be there.
    check(
        "kernel: fwd-accept IN=eth1 OUT=eth0 SRC=10.0.0.5 DST=203.0.113.80 LEN=52 TOS=00 PREC=0x00 TTL=63 ID=3 DF PROTO=TCP SPT=44606 DPT=80 SEQ=2504400626 ACK=0 WINDOW=64612 SYN URGP=0 MARK=0",
        "packet allow tcp 10.0.0.5:44606 > 203.0.113.80:80 flags=S seq=2504400626 ip_id=3 ttl=63 len=52 rule=fwd-accept raw=accept in=eth1 out=eth0 way=Forward/PacketAtInterface",
    );
    // No flag at all is a statement too.
    check(
        "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=40 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=2 WINDOW=0 RES=0x00 URGP=0",
        "packet drop tcp 203.0.113.9:1 > 192.0.2.10:2 flags= ip_id=1 ttl=64 len=40 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
}

#[test]
fn datagrams_errors_and_numbers() {
    // E11.
    check(
        "Feb 19 10:00:41 web1 kernel: DROP IN=eth0 OUT= SRC=203.0.113.53 DST=192.0.2.10 LEN=145 TTL=57 ID=4 PROTO=UDP SPT=53 DPT=41022 LEN=125",
        "packet drop udp 203.0.113.53:53 > 192.0.2.10:41022 ip_id=4 ttl=57 len=145 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    // E12: the quoted packet.
    check(
        "DENY: IN=eth0 OUT= SRC=198.51.100.1 DST=192.0.2.10 LEN=68 TTL=63 ID=5 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.10 DST=198.51.100.1 LEN=60 TOS=0x00 PREC=0x00 TTL=54 ID=77 DF PROTO=UDP SPT=40000 DPT=161 LEN=40 ]",
        "packet drop icmp 198.51.100.1 > 192.0.2.10 icmp=3/3 inner(udp 192.0.2.10:40000 > 198.51.100.1:161) ip_id=5 ttl=63 len=68 rule=DENY raw=DENY in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "DROP IN=eth0 OUT=eth1 SRC=198.51.100.1 DST=10.0.0.5 LEN=576 TTL=63 ID=5 PROTO=ICMP TYPE=3 CODE=4 [SRC=10.0.0.5 DST=203.0.113.80 LEN=1500 TTL=62 ID=8 DF PROTO=TCP SPT=443 DPT=50211 WINDOW=501 RES=0x00 ACK PSH URGP=0 ] MTU=1400",
        "packet drop icmp 198.51.100.1 > 10.0.0.5 flags=PA icmp=3/4 inner(tcp 10.0.0.5:443 > 203.0.113.80:50211) ip_id=5 ttl=63 len=576 rule=DROP raw=DROP in=eth0 out=eth1 way=Forward/PacketAtInterface",
    );
    // Two numbers called ID; trap 3 has the second in a port column elsewhere.
    check(
        "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=84 TTL=64 ID=1000 PROTO=ICMP TYPE=8 CODE=0 ID=2000 SEQ=3",
        "packet drop icmp 203.0.113.9 > 192.0.2.10 icmp=8/0 icmp_id=2000 ip_id=1000 ttl=64 len=84 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "DROP IN=eth0 OUT= MAC=33:33:00:00:00:01:02:00:00:00:00:02:86:dd SRC=fe80:0000:0000:0000:0000:00ff:fe00:0002 DST=ff02:0000:0000:0000:0000:0000:0000:0001 LEN=72 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=134 CODE=0",
        "packet drop icmp6 fe80::ff:fe00:2 > ff02::1 icmp=134/0 ttl=255 len=72 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "DROP IN=eth0 OUT= SRC=192.0.2.1 DST=224.0.0.1 LEN=36 TTL=1 ID=2 PROTO=2",
        "packet drop igmp 192.0.2.1 > 224.0.0.1 ip_id=2 ttl=1 len=36 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "DROP IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.10 LEN=120 TTL=64 ID=2 PROTO=ESP SPI=0x1a2b3c4d",
        "packet drop esp 192.0.2.1 > 192.0.2.10 ip_id=2 ttl=64 len=120 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    // A later fragment has no ports.
    check(
        "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=1500 TTL=60 ID=4711 MF FRAG:185 PROTO=UDP",
        "packet drop udp 203.0.113.9 > 192.0.2.10 ip_id=4711 ttl=60 len=1500 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "BRIDGE DROP: IN=br0 PHYSIN=eth0 OUT=br0 PHYSOUT=eth1 SRC=10.0.0.5 DST=10.0.0.6 LEN=60 TTL=64 ID=6 PROTO=UDP SPT=50000 DPT=53 LEN=40",
        "packet drop udp 10.0.0.5:50000 > 10.0.0.6:53 ip_id=6 ttl=64 len=60 rule=BRIDGE DROP raw=DROP in=br0 out=br0 way=Forward/PacketAtInterface",
    );
    check(
        "DROP IN=br0 OUT=br0 PHYSIN=tap0 PHYSOUT=eth0 SRC=10.0.0.5 DST=10.0.0.6 LEN=60 TTL=64 ID=6 PROTO=TCP SPT=50000 DPT=22 WINDOW=1 RES=0x00 SYN URGP=0 UID=1000 GID=1000",
        "packet drop tcp 10.0.0.5:50000 > 10.0.0.6:22 flags=S ip_id=6 ttl=64 len=60 rule=DROP raw=DROP in=br0 out=br0 way=Forward/PacketAtInterface",
    );
}

#[test]
fn the_tracker_says_invalid_by_itself() {
    check(
        "Feb 19 10:15:02 gw1 kernel: [640032.155419] nf_ct_proto_6: invalid packet ignored in state CLOSE_WAIT  IN= OUT= SRC=10.0.0.11 DST=203.0.113.45 LEN=52 TOS=0x00 PREC=0x00 TTL=63 ID=12617 DF PROTO=TCP SPT=443 DPT=51515 SEQ=1891286705 ACK=77120 WINDOW=501 RES=0x00 ACK FIN URGP=0",
        "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=FA state=Invalid seq=1891286705 ip_id=12617 ttl=63 len=52",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: nf_ct_proto_6: SEQ is under the lower bound (already ACKed data retransmitted) IN= OUT= SRC=10.0.0.11 DST=203.0.113.45 LEN=52 TTL=63 ID=1 PROTO=TCP SPT=443 DPT=51515 WINDOW=501 RES=0x00 ACK URGP=0",
        "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=A state=Invalid ip_id=1 ttl=63 len=52",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: nf_ct_ftp: dropping packet IN=eth0 OUT= SRC=203.0.113.21 DST=10.0.0.5 LEN=102 TTL=45 ID=2 PROTO=TCP SPT=21 DPT=50892 WINDOW=501 RES=0x00 ACK PSH URGP=0",
        "packet drop tcp 203.0.113.21:21 > 10.0.0.5:50892 flags=PA state=Invalid ip_id=2 ttl=45 len=102 in=eth0 way=LocalIn/PacketAtInterface",
    );
}

#[test]
fn lines_that_explain_traffic() {
    check(
        "Feb 19 10:15:02 gw1 kernel: [640032.155419] nf_conntrack: nf_conntrack: table full, dropping packet",
        "control unknown control=TableFull",
    );
    check(
        "[640032.155419] nf_conntrack: table full, dropping packet",
        "control unknown control=TableFull",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: ip_conntrack: table full, dropping packet.",
        "control unknown control=TableFull",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: net_ratelimit: 45 callbacks suppressed",
        "gap unknown repeat=45 control=LinesMissing",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: [    0.000000] Linux version 6.1.0 (builder@example.com)",
        "control unknown control=Restart",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.",
        "control unknown control=RateMeter",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: IPv4: martian source 192.0.2.10 from 10.0.0.5, on dev eth0",
        "packet drop 10.0.0.5 > 192.0.2.10 state=Spoofed in=eth0 way=In/PacketAtInterface",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: IPv4: martian source (src=10.0.0.5, dst=192.0.2.10, dev=eth0)",
        "packet drop 10.0.0.5 > 192.0.2.10 state=Spoofed in=eth0 way=In/PacketAtInterface",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: ll header: 00000000: ff ff ff ff ff ff 02 00 00 00 00 02 08 06",
        "Other",
    );
    check(
        "Feb 19 10:15:02 gw1 kernel: DROP IN=eth0 OUT= ARP HTYPE=1 PTYPE=0x0800 OPCODE=1 MACSRC=02:00:00:00:00:02 IPSRC=192.0.2.7 MACDST=00:00:00:00:00:00 IPDST=192.0.2.1",
        "Other",
    );
}

#[test]
fn a_line_cut_at_the_front_keeps_its_ports() {
    check(
        "TTL=126 ID=4711 DF PROTO=TCP SPT=443 DPT=51515 WINDOW=501 RES=0x00 ACK PSH URGP=0",
        "packet unknown tcp ?:443 > ?:51515 flags=PA ip_id=4711 ttl=126",
    );
    check(
        "SRC=10.0.0.11 DST=203.0.113.45 LEN=52 TTL=126 ID=4711 DF PROTO=TCP SPT=443 DPT=51515 WINDOW=501 RES=0x00 ACK URGP=0",
        "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=A ip_id=4711 ttl=126 len=52",
    );
    check(
        "OUT=eth1 SRC=10.0.0.11 DST=203.0.113.45 LEN=52 PROTO=TCP SPT=443 DPT=51515 WINDOW=501 RES=0x00 ACK URGP=0",
        "packet unknown tcp 10.0.0.11:443 > 203.0.113.45:51515 flags=A len=52 out=eth1",
    );
    // Proxmox leaves out what is empty.
    check(
        "0 3 PVEFW-HOST-IN 19/Feb/2024:10:15:02 +0100 policy DROP: IN=vmbr0 MAC=02:00 SRC=10.0.0.5 DST=10.0.0.1 LEN=84 TTL=64 ID=3 PROTO=ICMP TYPE=8 CODE=0 ID=9 SEQ=1",
        "packet drop icmp 10.0.0.5 > 10.0.0.1 icmp=8/0 icmp_id=9 ip_id=3 ttl=64 len=84 rule=policy DROP raw=DROP in=vmbr0 implicit way=LocalIn/PacketAtInterface",
    );
    check(
        "SPT=443 DPT=51515 WINDOW=501 RES=0x00 ACK FIN URGP=0",
        "packet unknown tcp ?:443 > ?:51515 flags=FA",
    );
}

#[test]
fn what_is_not_ours_and_what_is_broken() {
    for foreign in [
        "Feb 19 10:15:02 web1 kernel: [12.5] eth0: link up, 1000 Mbps",
        "Feb 19 10:15:02 web1 sshd[12]: Accepted publickey for ann from 10.0.0.5 port 50000 ssh2",
        "date=2024-02-19 srcip=10.0.0.11 dstip=203.0.113.45 IN=1 OUT=2",
        "CEF:0|v|p|1|1|n|1|src=10.0.0.1 spt=1 dst=10.0.0.2 dpt=2 proto=TCP",
        "SRC=10.0.0.1 DST=10.0.0.2 was seen",
        "",
    ] {
        check(foreign, "Foreign");
    }
    let front = "DROP IN=eth0 OUT= MAC=02:00:00:00:00:01 SRC=203.0.113.9";
    check(front, "Malformed(Cut)");
    check(
        &format!("{front} DST=192.0.2.10 LEN=52 TTL=64"),
        "Malformed(Cut)",
    );
    check("DROP IN=eth0 OUT= MAC=02:00:00:00", "Malformed(Cut)");
    // One address deleted before posting leaves the other; of two, the ports still tell.
    check(
        &format!("{front} DST= LEN=52 PROTO=TCP SPT=1 DPT=2"),
        "packet drop tcp 203.0.113.9:1 > receiver not shown:2 len=52 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        "DROP IN=eth0 OUT= SRC= DST= LEN=52 PROTO=TCP SPT=1 DPT=2",
        "packet drop tcp address not shown:1 > address not shown:2 len=52 rule=DROP raw=DROP in=eth0 way=LocalIn/PacketAtInterface",
    );
    check(
        &format!("{front} DST=192.0.2.10 PROTO=TCP SPT=70000 DPT=2"),
        "Malformed(BadEndpoint)",
    );
    check(
        &format!("{front} DST=192.0.2.10 PROTO=XYZ SPT=7 DPT=2"),
        "Malformed(BadEndpoint)",
    );
    let whole = "Feb 19 10:15:02 web1 kernel: [640032.155419] DENY: IN=eth0 OUT= SRC=198.51.100.1 DST=192.0.2.10 LEN=68 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.10 DST=198.51.100.1 PROTO=UDP SPT=40000 DPT=161 LEN=40 ] MTU=1400";
    for cut in 0..whole.len() {
        outline(&Netfilter, &whole[..cut]);
        outline(&Netfilter, &whole[cut..]);
        gloss(&Netfilter, &whole[..cut]);
        gloss(&Netfilter, &whole[cut..]);
    }
}

#[test]
fn time_and_device() {
    let at =
        |line: &str, expected: &str| assert_eq!(outline_head(&Netfilter, line), expected, "{line}");
    let body = "DROP IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=40 TTL=64 ID=1 PROTO=2";
    at(
        &format!("Feb 19 10:15:02 web1 kernel: [640032.155419] {body}"),
        "2024-02-19T10:15:02.000000Z no_year web1",
    );
    // Trap 16: New Year.
    at(
        &format!("Dec 31 23:59:59 web1 kernel: {body}"),
        "2023-12-31T23:59:59.000000Z no_year web1",
    );
    at(
        &format!("[640032.155419] {body}"),
        "1970-01-08T09:47:12.155419Z uptime ",
    );
    at(
        &format!("2024-02-19T10:15:02.5+01:00 web1 kernel: {body}"),
        "2024-02-19T09:15:02.500000Z zoned web1",
    );
    at(
        &format!("100 4 tap100i0-IN 19/Feb/2024:10:15:02 +0100 {body}"),
        "2024-02-19T09:15:02.000000Z zoned ",
    );
    at(body, "1970-01-01T00:00:00.000000Z missing ");
}

#[test]
fn the_gloss_names_every_field() {
    assert_eq!(
        gloss(
            &Netfilter,
            "Feb 19 10:15:02 web1 kernel: [640032.155419] [UFW BLOCK] IN=eth0 OUT= MAC=02:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=52 TTL=108 ID=27003 DF PROTO=TCP SPT=56160 DPT=25 WINDOW=64240 RES=0x00 CWR SYN URGP=0"
        ),
        "time=Feb 19 10:15:02 · device=web1 · prefix=[UFW BLOCK] · IN=eth0 · OUT= · MAC=02:00 · SRC=203.0.113.9 · DST=192.0.2.10 · LEN=52 · TTL=108 · ID=27003 · \
         DF=DF · PROTO=TCP · SPT=56160 · DPT=25 · WINDOW=64240 · RES=0x00 · flag=CWR · flag=SYN · URGP=0"
    );
    assert_eq!(
        gloss(
            &Netfilter,
            "DENY:IN=eth0 OUT= SRC=198.51.100.1 DST=192.0.2.10 PROTO=ICMP TYPE=3 CODE=3 ID=9 [SRC=192.0.2.10 DST=198.51.100.1 PROTO=UDP SPT=40000 DPT=161 LEN=40 ]"
        ),
        "prefix=DENY: · IN=eth0 · OUT= · SRC=198.51.100.1 · DST=192.0.2.10 · PROTO=ICMP · TYPE=3 · CODE=3 · ID=9 · SRC=192.0.2.10 · DST=198.51.100.1 · PROTO=UDP · SPT=40000 · DPT=161 · LEN=40"
    );
}
