use super::CiscoAsa;
use crate::engine::format::outline::{gloss, outline, outline_head};

/// Reads one message behind a header.
fn check(message: &str, expected: &str) {
    let line = format!("Feb 19 2024 10:15:02 fw1 : {message}");
    assert_eq!(outline(&CiscoAsa, &line), expected, "{message}");
}

#[test]
fn a_built_line_names_the_initiator_whichever_end_comes_first() {
    check(
        "%ASA-6-302013: Built inbound TCP connection 771 for outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)",
        "session_start start tcp 203.0.113.45:51515 > 10.0.0.11:443 nat(203.0.113.45:51515 > 192.0.2.11:443) init=Src id=771 in=outside out=dmz way=In/SecurityLevel",
    );
    // Trap 5: outbound lists the responder first.
    check(
        "%ASA-6-302013: Built outbound TCP connection 447 for outside:203.0.113.80/443 (203.0.113.80/443) to inside:10.1.1.5/50012 (198.51.100.2/22011)",
        "session_start start tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(198.51.100.2:22011 > 203.0.113.80:443) init=Src id=447 in=inside out=outside way=Out/SecurityLevel",
    );
    // FWSM does not.
    check(
        "%FWSM-6-302013: Built outbound TCP connection 146219215463786753 for inside:10.1.1.5/50012 (198.51.100.2/22011) to outside:203.0.113.80/443 (203.0.113.80/443)",
        "session_start start tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(198.51.100.2:22011 > 203.0.113.80:443) init=Src id=146219215463786753 in=inside out=outside way=Out/SecurityLevel",
    );
    check(
        "%FTD-6-302015: Built inbound UDP connection 9 for inside:10.1.1.5/50012 (10.1.1.5/50012) to outside:203.0.113.53/53 (203.0.113.53/53)",
        "session_start start udp 10.1.1.5:50012 > 203.0.113.53:53 nat(10.1.1.5:50012 > 203.0.113.53:53) init=Src id=9 in=inside out=outside way=In/SecurityLevel",
    );
    check(
        "%ASA-6-302013: Built outbound Probe TCP connection 3 for outside:203.0.113.80/443 (203.0.113.80/443) to inside:10.1.1.5/50012 (10.1.1.5/50012)",
        "session_start start tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(10.1.1.5:50012 > 203.0.113.80:443) init=Src id=3 in=inside out=outside way=Out/SecurityLevel",
    );
    check(
        "%ASA-6-302017: Built inbound GRE connection 12 for outside:203.0.113.45 (203.0.113.45) to inside:10.0.0.9/5 (192.0.2.9/5)",
        "session_start start gre 203.0.113.45 > 10.0.0.9 nat(203.0.113.45 > 192.0.2.9) init=Src id=12 in=outside out=inside way=In/SecurityLevel",
    );
    check(
        "%ASA-6-302303: Built TCP state-bypass connection 5 from inside:10.1.1.5/50012 (10.1.1.5/50012) to outside:203.0.113.80/443 (203.0.113.80/443)",
        "session_start start tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(10.1.1.5:50012 > 203.0.113.80:443) init=SrcWeak id=5 in=inside out=outside",
    );
}

#[test]
fn users_tags_names_and_ipv6_do_not_get_in_the_way() {
    check(
        "%ASA-6-302013: Built inbound TCP connection 8 for outside:203.0.113.45/51515 (203.0.113.45/51515)(LOCAL\\Ann B. Cee, 17:guests) to dmz:10.0.0.11/443 (192.0.2.11/443) (Ann B. Cee)",
        "session_start start tcp 203.0.113.45:51515 > 10.0.0.11:443 nat(203.0.113.45:51515 > 192.0.2.11:443) init=Src id=8 in=outside out=dmz way=In/SecurityLevel",
    );
    check(
        "%ASA-6-302014: Teardown TCP connection 8 for outside:203.0.113.45/51515(LOCAL\\Ann B. Cee) to dmz:10.0.0.11/443 duration 0:01:04 bytes 16874 TCP FINs from outside (Ann B. Cee)",
        "session_end close tcp 203.0.113.45:51515 > 10.0.0.11:443 end=fin bytes=16874 seconds=64 id=8 raw=TCP FINs in=outside out=dmz",
    );
    check(
        "%ASA-6-302016: Teardown UDP connection 66 for outside:203.0.113.53/53 user1 to inside:10.1.1.35/52925 user2 duration 10:00:00 bytes 9999",
        "session_end close udp 203.0.113.53:53 > 10.1.1.35:52925 end=unknown bytes=9999 seconds=36000 id=66 in=outside out=inside",
    );
    check(
        "%ASA-6-302013: Built inbound TCP connection 4 for dmz:web-front/51515 (web-front/51515) to srv:app_1/https (app_1/https)",
        "session_start start tcp web-front:51515 > app_1:443 nat(web-front:51515 > -) init=Src id=4 in=dmz out=srv way=In/SecurityLevel",
    );
    check(
        "%ASA-6-302013: Built inbound TCP connection 6 for outside:2001:db8::45/51515 (2001:db8::45/51515) to dmz:2001:db8:1::11/443 (2001:db8:1::11/443)",
        "session_start start tcp [2001:db8::45]:51515 > [2001:db8:1::11]:443 nat([2001:db8::45]:51515 > [2001:db8:1::11]:443) init=Src id=6 in=outside out=dmz way=In/SecurityLevel",
    );
    check(
        "%ASA-6-106015: Deny TCP (no connection) from 2001:db8::11/443 to 2001:db8:2::5/50211 flags RST  on interface inside",
        "packet drop tcp [2001:db8::11]:443 > [2001:db8:2::5]:50211 flags=R state=NoState in=inside",
    );
}

#[test]
fn the_identity_interface_is_the_firewall_itself() {
    check(
        "%ASA-6-302015: Built outbound UDP connection 1 for outside:203.0.113.123/123 (203.0.113.123/123) to identity:192.0.2.1/65535 (192.0.2.1/65535)",
        "session_start start udp 192.0.2.1:65535 > 203.0.113.123:123 nat(192.0.2.1:65535 > 203.0.113.123:123) init=Src id=1 in=identity out=outside in_role=Local way=LocalOut/InitiatorSide",
    );
    check(
        "%ASA-6-302013: Built inbound TCP connection 2 for outside:203.0.113.45/51515 (203.0.113.45/51515) to identity:192.0.2.1/22 (192.0.2.1/22)",
        "session_start start tcp 203.0.113.45:51515 > 192.0.2.1:22 nat(203.0.113.45:51515 > 192.0.2.1:22) init=Src id=2 in=outside out=identity out_role=Local way=LocalIn/InitiatorSide",
    );
    check(
        "%ASA-6-302013: Built inbound TCP connection 2 for outside:203.0.113.45/51515 (203.0.113.45/51515) to NP Identity Ifc:192.0.2.1/22 (192.0.2.1/22)",
        "session_start start tcp 203.0.113.45:51515 > 192.0.2.1:22 nat(203.0.113.45:51515 > 192.0.2.1:22) init=Src id=2 in=outside out=identity out_role=Local way=LocalIn/InitiatorSide",
    );
    // A teardown does not say who came first, so it says no way either.
    check(
        "%ASA-6-302016: Teardown UDP connection 1 for outside:203.0.113.123/123 to identity:192.0.2.1/65535 duration 0:02:01 bytes 96",
        "session_end close udp 203.0.113.123:123 > 192.0.2.1:65535 end=unknown bytes=96 seconds=121 id=1 in=outside out=identity out_role=Local",
    );
}

#[test]
fn a_teardown_says_why_and_not_who() {
    let with = |reason: &str, expected: &str| {
        check(
            &format!(
                "%ASA-6-302014: Teardown TCP connection 771 for outside:203.0.113.45/51515 to dmz:10.0.0.11/443 duration 1:02:10 bytes 48211 {reason}"
            ),
            &format!("session_end {expected} in=outside out=dmz")
                .replace("{}", "tcp 203.0.113.45:51515 > 10.0.0.11:443"),
        );
    };
    let rest = "bytes=48211 seconds=3730 id=771";
    with(
        "Conn-timeout",
        &format!("timeout {{}} end=idle_timeout {rest} raw=Conn-timeout"),
    );
    with(
        "TCP Reset-I",
        &format!("reset {{}} end=rst {rest} raw=TCP Reset-I"),
    );
    with(
        "TCP Reset-O from outside",
        &format!("reset {{}} end=rst {rest} raw=TCP Reset-O"),
    );
    with(
        "TCP Reset - I",
        &format!("reset {{}} end=rst {rest} raw=TCP Reset - I"),
    );
    with(
        "TCP Reset - APPLIANCE",
        &format!("reset {{}} end=rst by=Device {rest} raw=TCP Reset - APPLIANCE"),
    );
    with(
        "SYN Timeout (ann)",
        &format!("timeout {{}} end=syn_timeout {rest} raw=SYN Timeout"),
    );
    with(
        "FIN Timeout",
        &format!("timeout {{}} end=half_close_timeout {rest} raw=FIN Timeout"),
    );
    with(
        "Idle Timeout",
        &format!("timeout {{}} end=idle_timeout {rest} raw=Idle Timeout"),
    );
    with(
        "Pinhole Timeout",
        &format!("timeout {{}} end=pinhole {rest} raw=Pinhole Timeout"),
    );
    with(
        "Failover primary closed",
        &format!("close {{}} end=failover {rest} raw=Failover primary closed"),
    );
    with(
        "Route change",
        &format!("close {{}} end=route_change {rest} raw=Route change"),
    );
    with(
        "Xlate Clear",
        &format!("close {{}} end=cleared {rest} raw=Xlate Clear"),
    );
    with(
        "Tunnel has been torn down",
        &format!("close {{}} end=cleared {rest} raw=Tunnel has been torn down"),
    );
    with(
        "Flow closed by inspection",
        &format!("close {{}} end=threat {rest} raw=Flow closed by inspection"),
    );
    with(
        "Deny Terminate",
        &format!("close {{}} end=threat {rest} raw=Deny Terminate"),
    );
    with(
        "SYN Control",
        &format!("close {{}} end=unknown {rest} raw=SYN Control"),
    );
    with(
        "Flow is a loopback",
        &format!("close {{}} end=unknown {rest} raw=Flow is a loopback"),
    );
    with(
        "Invalid SYN",
        &format!("close {{}} end=unknown {rest} raw=Invalid SYN"),
    );
    with(
        "TCP bad retransmission",
        &format!("close {{}} end=unknown {rest} raw=TCP bad retransmission"),
    );
    check(
        "%ASA-6-302304: Teardown TCP state-bypass connection 5 from inside:10.1.1.5/50012 to outside:203.0.113.80/443 duration 1:00:02 bytes 245 Connection timeout",
        "session_end timeout tcp 10.1.1.5:50012 > 203.0.113.80:443 init=SrcWeak end=idle_timeout bytes=245 seconds=3602 id=5 raw=Connection timeout in=inside out=outside",
    );
}

#[test]
fn icmp_connections_name_the_side_that_asked() {
    check(
        "%ASA-6-302020: Built inbound ICMP connection for faddr 203.0.113.45/7 gaddr 192.0.2.11/0 laddr 10.0.0.11/0 type 8 code 0",
        "session_start start icmp 203.0.113.45 > 10.0.0.11 nat(- > 192.0.2.11) init=Src icmp=8/0 icmp_id=7 way=In/SecurityLevel",
    );
    check(
        "%ASA-6-302020: Built outbound ICMP connection for faddr 203.0.113.45/0 gaddr 192.0.2.11/513 laddr 10.0.0.11/513(LOCAL\\ann) type 8 code 0",
        "session_start start icmp 10.0.0.11 > 203.0.113.45 nat(192.0.2.11 > -) init=Src icmp=8/0 icmp_id=513 way=Out/SecurityLevel",
    );
    // The id stands at the side that asked, so a teardown tells it too (not with tier-2 weight).
    check(
        "%ASA-6-302021: Teardown ICMP connection for faddr 203.0.113.45/7 gaddr 192.0.2.11/0 laddr 10.0.0.11/0 (ann) type 8 code 0",
        "session_end close icmp 203.0.113.45 > 10.0.0.11 nat(- > 192.0.2.11) end=unknown icmp=8/0 icmp_id=7",
    );
    // Nothing says who asked: a type whose sender is unknown would mislead.
    check(
        "%ASA-6-302021: Teardown ICMP connection for faddr 203.0.113.45/0 gaddr 192.0.2.11/0 laddr 10.0.0.11/0 type 8 code 0",
        "session_end close icmp 10.0.0.11 > 203.0.113.45 nat(192.0.2.11 > -) end=unknown",
    );
    check(
        "%ASA-6-302020: Built inbound ICMP connection for faddr 2001:db8::5/0 gaddr 2001:db8:1::1/0 laddr 2001:db8:1::1/0 type 128 code 0",
        "session_start start icmp6 2001:db8::5 > 2001:db8:1::1 nat(- > 2001:db8:1::1) init=Src icmp=128/0 way=In/SecurityLevel",
    );
}

#[test]
fn copies_of_a_flow_update_it() {
    check(
        "%ASA-6-302022: Built director stub TCP connection for outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)",
        "session_update allow tcp 203.0.113.45:51515 > 10.0.0.11:443 nat(203.0.113.45:51515 > 192.0.2.11:443) in=outside out=dmz",
    );
    check(
        "%ASA-6-302025: Teardown stub UDP connection for outside:203.0.113.53/53 to unknown:10.1.1.5/50012 duration 0:01:00 forwarded bytes 48 Cluster flow with CLU removed from due to idle timeout",
        "session_update allow udp 203.0.113.53:53 > 10.1.1.5:50012 bytes=48 in=outside out=unknown",
    );
    check(
        "%ASA-6-302026: Built director stub ICMP connection for outside:203.0.113.45/3200 (203.0.113.45) to dmz:10.0.0.11/0 (192.0.2.11)",
        "session_update allow icmp 203.0.113.45 > 10.0.0.11 nat(203.0.113.45 > 192.0.2.11) in=outside out=dmz",
    );
    check(
        "%FTD-6-805001: Offloaded TCP Flow for connection 771 from outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)",
        "session_update allow tcp 203.0.113.45:51515 > 10.0.0.11:443 nat(203.0.113.45:51515 > 192.0.2.11:443) id=771 in=outside out=dmz",
    );
}

#[test]
fn a_translation_is_a_lease_not_traffic() {
    check(
        "%ASA-6-305011: Built dynamic TCP translation from inside:10.1.1.5/50012(LOCAL\\ann) to outside:198.51.100.2/22011",
        "session_start nat tcp 10.1.1.5:50012 > 198.51.100.2:22011 nat(198.51.100.2:22011 > -) in=inside out=outside",
    );
    check(
        "%ASA-6-305011: Built dynamic UDP translation from inside:10.1.1.5/50012 to outside(nat_out):198.51.100.2/22011",
        "session_start nat udp 10.1.1.5:50012 > 198.51.100.2:22011 nat(198.51.100.2:22011 > -) in=inside out=outside",
    );
    check(
        "%ASA-6-305012: Teardown dynamic TCP translation from inside:10.1.1.5/50012 to outside:198.51.100.2/22011 duration 0:00:30",
        "session_end nat tcp 10.1.1.5:50012 > 198.51.100.2:22011 nat(198.51.100.2:22011 > -) end=unknown seconds=30 in=inside out=outside",
    );
    check(
        "%ASA-6-305009: Built static translation from dmz:10.0.0.11 to outside:192.0.2.11",
        "session_start nat 10.0.0.11 > 192.0.2.11 nat(192.0.2.11 > -) in=dmz out=outside",
    );
    check(
        "%ASA-3-305005: No translation group found for tcp src inside:10.1.1.5/50012 dst outside:203.0.113.80/443",
        "packet drop tcp 10.1.1.5:50012 > 203.0.113.80:443 in=inside out=outside",
    );
    check(
        "%ASA-3-305006: portmap translation creation failed for udp src inside:10.1.1.5/50012 dst outside:203.0.113.53/53",
        "packet drop udp 10.1.1.5:50012 > 203.0.113.53:53 in=inside out=outside",
    );
    check(
        "%ASA-5-305013: Asymmetric NAT rules matched for forward and reverse flows; Connection for tcp src outside:203.0.113.45/51515 dst dmz:10.0.0.11/443 denied due to NAT reverse path failure",
        "packet drop tcp 203.0.113.45:51515 > 10.0.0.11:443 in=outside out=dmz",
    );
}

#[test]
fn refused_packets() {
    check(
        "%ASA-2-106001: Inbound TCP connection denied from 203.0.113.9/51022 to 192.0.2.20/3389 flags SYN  on interface outside",
        "packet drop tcp 203.0.113.9:51022 > 192.0.2.20:3389 flags=S in=outside",
    );
    check(
        "%ASA-2-106001: Inbound TCP connection denied from 203.0.113.9/51022 to 192.0.2.20/3389 flags URG+SYN+RST on interface outside",
        "packet drop tcp 203.0.113.9:51022 > 192.0.2.20:3389 flags=SRU in=outside",
    );
    check(
        "%ASA-2-106006: Deny inbound UDP from 203.0.113.9/137 to 192.0.2.20/137 on interface outside",
        "packet drop udp 203.0.113.9:137 > 192.0.2.20:137 in=outside",
    );
    check(
        "%ASA-2-106007: Deny inbound UDP from 203.0.113.53/53 to 192.0.2.20/41022 due to DNS Response",
        "packet drop udp 203.0.113.53:53 > 192.0.2.20:41022",
    );
    check(
        "%ASA-3-106010: Deny inbound protocol 47 src outside:203.0.113.9 dst inside:192.0.2.20",
        "packet drop gre 203.0.113.9 > 192.0.2.20 in=outside out=inside",
    );
    check(
        "%ASA-3-106014: Deny inbound icmp src outside:203.0.113.9 dst inside:192.0.2.20(type 8, code 0)",
        "packet drop icmp 203.0.113.9 > 192.0.2.20 icmp=8/0 in=outside out=inside",
    );
    check(
        "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside",
        "packet drop tcp 10.0.0.11:443 > 198.51.100.23:50211 flags=PA state=NoState in=inside",
    );
    // Trap 2: SYN ACK contains the word SYN.
    check(
        "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags SYN ACK  on interface inside",
        "packet drop tcp 10.0.0.11:443 > 198.51.100.23:50211 flags=SA state=NoState in=inside",
    );
    // E20: everything redacted.
    check(
        "%ASA-6-106015: Deny TCP (no connection) from x.x.x.x/443 to y.y.y.y/51001 flags ACK  on interface dmz9",
        "packet drop tcp x.x.x.x:443 > y.y.y.y:51001 flags=A state=NoState in=dmz9",
    );
    check(
        "%ASA-2-106016: Deny IP spoof from (192.0.2.20) to 10.0.0.11 on interface outside",
        "packet drop 192.0.2.20 > 10.0.0.11 state=Spoofed in=outside",
    );
    check(
        "%ASA-2-106017: Deny IP due to Land Attack from 192.0.2.20 to 192.0.2.20",
        "packet drop 192.0.2.20 > 192.0.2.20 state=Spoofed",
    );
    check(
        "%ASA-1-106021: Deny TCP reverse path check from 10.9.9.9 to 10.0.0.11 on interface outside",
        "packet drop tcp 10.9.9.9 > 10.0.0.11 state=Spoofed in=outside",
    );
    // E15: active FTP, the source port is 20.
    check(
        "%ASA-4-106023: Deny tcp src dmz:10.0.0.21/20 dst outside:203.0.113.9/40101 by access-group \"dmz_in\" [0x0, 0x0]",
        "packet drop tcp 10.0.0.21:20 > 203.0.113.9:40101 rule=dmz_in in=dmz out=outside",
    );
    check(
        "%ASA-4-106023: Deny icmp src outside:203.0.113.9(17:guests) dst inside:192.0.2.20 (type 3, code 13) by access-group \"outside_in\" [0x0, 0x0]",
        "packet drop icmp 203.0.113.9 > 192.0.2.20 icmp=3/13 rule=outside_in in=outside out=inside",
    );
    check(
        "%ASA-4-106023: Deny protocol 50 src outside:203.0.113.9 dst inside:192.0.2.20 by access-group \"outside_in\" [0x0, 0x0]",
        "packet drop esp 203.0.113.9 > 192.0.2.20 rule=outside_in in=outside out=inside",
    );
    check(
        "%ASA-6-419001: Dropping TCP packet from inside:10.1.1.5/50012 to outside:203.0.113.80/443, reason: MSS exceeded, MSS 460, data 1440",
        "packet drop tcp 10.1.1.5:50012 > 203.0.113.80:443 in=inside out=outside",
    );
    check(
        "%ASA-4-419002: Received duplicate TCP SYN from inside:10.1.1.5/50012 to outside:203.0.113.80/443 with different initial sequence number",
        "packet unknown tcp 10.1.1.5:50012 > 203.0.113.80:443 flags=S in=inside out=outside",
    );
    check(
        "%ASA-4-500004: Invalid transport field for protocol=UDP, from 203.0.113.9/1025 to 192.0.2.20/0",
        "packet drop udp 203.0.113.9:1025 > 192.0.2.20:0",
    );
    check(
        "%ASA-4-507003: tcp flow from inside:10.1.1.5/50012 to outside:203.0.113.80/80 terminated by inspection engine, reason - reset unconditionally.",
        "session_end reset tcp 10.1.1.5:50012 > 203.0.113.80:80 init=SrcWeak end=threat by=Device raw=reset unconditionally. in=inside out=outside",
    );
    check(
        "%ASA-6-110003: Routing failed to locate next hop for UDP from inside:10.1.1.5/50012 to outside:203.0.113.53/53",
        "packet drop udp 10.1.1.5:50012 > 203.0.113.53:53 in=inside out=outside",
    );
}

#[test]
fn packets_to_the_firewall_itself() {
    check(
        "%ASA-3-710003: TCP access denied by ACL from 203.0.113.9/51022 to outside:192.0.2.1/ssh",
        "packet drop tcp 203.0.113.9:51022 > 192.0.2.1:22 out=outside out_role=Local way=LocalIn/PacketAtInterface",
    );
    check(
        "%ASA-7-710005: UDP request discarded from 10.1.1.5/68 to inside:10.1.1.1/67",
        "packet drop udp 10.1.1.5:68 > 10.1.1.1:67 out=inside out_role=Local way=LocalIn/PacketAtInterface",
    );
    check(
        "%ASA-7-710002: TCP access permitted from 10.1.1.5/50012 to inside:10.1.1.1/https",
        "packet allow tcp 10.1.1.5:50012 > 10.1.1.1:443 out=inside out_role=Local way=LocalIn/PacketAtInterface",
    );
    check(
        "%ASA-3-313001: Denied ICMP type=8, code=0 from 203.0.113.9 on interface outside",
        "packet drop icmp 203.0.113.9 > ? icmp=8/0 in=outside out_role=Local way=LocalIn/PacketAtInterface",
    );
    check(
        "%ASA-3-313008: Denied IPv6-ICMP type=134, code=0 from fe80::1 on interface outside",
        "packet drop icmp6 fe80::1 > ? icmp=134/0 in=outside out_role=Local way=LocalIn/PacketAtInterface",
    );
}

#[test]
fn icmp_without_a_connection() {
    check(
        "%ASA-4-313004: Denied ICMP type=0, from laddr 203.0.113.9 on interface outside to 192.0.2.20: no matching session",
        "packet drop icmp 203.0.113.9 > 192.0.2.20 state=NoState icmp=0/0 in=outside",
    );
    check(
        "%ASA-4-313005: No matching connection for ICMP error message: icmp src outside:198.51.100.1 dst inside:192.0.2.10 (type 3, code 3) on outside interface.  Original IP payload: udp src 192.0.2.10/40000 dst 198.51.100.1/161.",
        "packet drop icmp 198.51.100.1 > 192.0.2.10 state=NoState icmp=3/3 inner(udp 192.0.2.10:40000 > 198.51.100.1:161) in=outside out=inside",
    );
    check(
        "%ASA-4-313005: No matching connection for ICMP error message: icmp src outside:198.51.100.1 dst inside:192.0.2.10 (type 3, code 1) on outside interface.  Original IP payload: icmp src 192.0.2.10 dst 198.51.100.1 (type 8, code 0).",
        "packet drop icmp 198.51.100.1 > 192.0.2.10 state=NoState icmp=3/1 inner(icmp 192.0.2.10 > 198.51.100.1) in=outside out=inside",
    );
    check(
        "%ASA-4-313009: Denied invalid ICMP code 9, for inside:10.1.1.5/295 (10.1.1.5/295) to outside:203.0.113.9/0 (203.0.113.9/0), ICMP id 295, ICMP type 8",
        "packet drop icmp 10.1.1.5 > 203.0.113.9 nat(10.1.1.5 > 203.0.113.9) icmp=8/9 icmp_id=295 in=inside out=outside",
    );
}

#[test]
fn an_access_list_counts() {
    // Trap 14: the hit count multiplies; the first hit is one packet, whatever the line says.
    check(
        "%ASA-6-106100: access-list inside_in denied udp inside/10.1.1.5(1039) -> outside/203.0.113.53(53) hit-cnt 1 first hit [0xd820e56a, 0x0]",
        "summary drop udp 10.1.1.5:1039 > 203.0.113.53:53 rule=inside_in raw=denied in=inside out=outside",
    );
    check(
        "%ASA-6-106100: access-list inside_in permitted tcp inside/10.1.1.5(50012) -> outside/203.0.113.80(443) hit-cnt 144 300-second interval [0xe982c7a4, 0x0]",
        "summary allow tcp 10.1.1.5:50012 > 203.0.113.80:443 repeat=144 rule=inside_in raw=permitted in=inside out=outside",
    );
    check(
        "%ASA-session-5-106100: access-list acl est-allowed tcp inside/10.1.1.5(443) -> outside/203.0.113.80(50012) hit-cnt 1 first hit [0x71a87d94, 0x0]",
        "summary allow tcp 10.1.1.5:443 > 203.0.113.80:50012 state=Established rule=acl raw=est-allowed in=inside out=outside",
    );
    check(
        "%ASA-6-106100: access-list acl denied icmp outside/203.0.113.9(8) -> inside/192.0.2.20(0) hit-cnt 3 300-second interval [0x0, 0x0]",
        "summary drop icmp 203.0.113.9 > 192.0.2.20 icmp=8/0 repeat=3 rule=acl raw=denied in=outside out=inside",
    );
    check(
        "%ASA-4-106103: access-list acl denied tcp for user ann inside/10.1.1.5(50012) -> outside/203.0.113.80(25) hit-cnt 1 first hit [0x0, 0x0]",
        "summary drop tcp 10.1.1.5:50012 > 203.0.113.80:25 rule=acl raw=denied in=inside out=outside",
    );
}

#[test]
fn lines_that_explain_traffic() {
    let control =
        |message: &str, what: &str| check(message, &format!("control unknown control={what}"));
    control(
        "%ASA-1-104001: (Secondary) Switching to ACTIVE - mate want me Active.",
        "Failover",
    );
    control(
        "%ASA-1-104002: (Primary) Switching to STANDBY - interface check, mate is healthier",
        "Failover",
    );
    control(
        "%ASA-1-105005: (Primary) Lost Failover communications with mate on interface outside",
        "Failover",
    );
    control(
        "%ASA-1-105043: (Primary) Failover interface failed",
        "Failover",
    );
    control(
        "%ASA-6-199002: ASA startup completed. Beginning operation.",
        "Restart",
    );
    control(
        "%ASA-5-111008: User 'ann' executed the 'clear conn all' command.",
        "PolicyOrClear",
    );
    control(
        "%ASA-5-111010: User 'ann', running 'CLI' from IP 10.1.1.9, executed 'clear local-host'",
        "PolicyOrClear",
    );
    control(
        "%ASA-4-411002: Line protocol on Interface outside, changed state to down",
        "Routing",
    );
    control(
        "%ASA-4-733100: [ Scanning] drop rate-1 exceeded. Current burst rate is 0 per second, max configured rate is 8",
        "RateMeter",
    );
    control(
        "%ASA-5-321001: Resource 'conns' limit of 50000 reached for system",
        "TableFull",
    );
    control("%ASA-6-302010: 50000 in use, 50000 most used", "TableFull");
    check(
        "%ASA-3-201011: Connection limit exceeded 500/500 for inbound packet from 203.0.113.9/51022 to 10.0.0.11/443 on interface outside",
        "control unknown 203.0.113.9:51022 > 10.0.0.11:443 control=TableFull",
    );
    for other in [
        "%ASA-6-302010: 412 in use, 50000 most used",
        "%ASA-6-302010: 3 in use, 3 most used",
        "%ASA-1-105003: (Primary) Monitoring on interface outside waiting",
        "%ASA-5-111008: User 'ann' executed the 'show conn' command.",
        "%ASA-5-321001: Resource 'asdm' limit of 5 reached for system",
        "%ASA-7-609001: Built local-host inside:10.1.1.5",
        "%ASA-6-113005: AAA user authentication Rejected : reason = Unspecified : server = 10.1.2.1 : user = ann : user IP = 203.0.113.9",
        "%ASA-6-716059: Group <staff> User <ann> IP <192.0.2.77> AnyConnect session resumed. Connection from <203.0.113.9>.",
        "%ASA-7-999999: some message that no book lists",
    ] {
        check(other, "Other");
    }
}

#[test]
fn what_is_not_ours_and_what_is_broken() {
    for foreign in [
        "%FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.0.1.20, DstIP: 203.0.113.80",
        "%SEC-6-IPACCESSLOGP: list 120 denied tcp 203.0.113.9(51022) -> 192.0.2.20(3389), 1 packet",
        "%ASA-6-3020: no number of ours",
        "100% ASA-6-302013: of it",
    ] {
        check(foreign, "Foreign");
    }
    check(
        "%ASA-6-302013: Built outbound TCP connection 447 for outside:203.0.113.80/443 (203.0.1",
        "Malformed(Cut)",
    );
    check(
        "%ASA-6-302014: Teardown TCP connection 447 for outside:203.0.113.80/443 to",
        "Malformed(Cut)",
    );
    check(
        "%ASA-6-106015: Deny TCP (no connection) from",
        "Malformed(Cut)",
    );
    check(
        "%ASA-4-106023: Deny tcp src dmz:10.0.0.21/99999 dst outside:203.0.113.9/40101 by access-group \"dmz_in\"",
        "Malformed(BadEndpoint)",
    );
    check(
        "%ASA-6-302013: Rebuilt something else entirely that no release prints",
        "Malformed(BadSyntax)",
    );
    // Every beginning of a message is survived.
    let whole = "%ASA-6-302013: Built inbound TCP connection 771 for outside:203.0.113.45/51515 (203.0.113.45/51515) to dmz:10.0.0.11/443 (192.0.2.11/443)";
    for end in 0..whole.len() {
        outline(&CiscoAsa, &whole[..end]);
        gloss(&CiscoAsa, &whole[..end]);
    }
}

#[test]
fn messages_without_their_number() {
    let asdm = "6|Feb 19 2024|09:00:00|302013|203.0.113.80|443|10.1.1.5|50012|Built outbound TCP connection 447 for outside:203.0.113.80/443 (203.0.113.80/443) to inside:10.1.1.5/50012 (198.51.100.2/22011)";
    assert_eq!(
        outline(&CiscoAsa, asdm),
        "session_start start tcp 10.1.1.5:50012 > 203.0.113.80:443 nat(198.51.100.2:22011 > 203.0.113.80:443) init=Src id=447 in=inside out=outside way=Out/SecurityLevel"
    );
    assert_eq!(
        outline_head(&CiscoAsa, asdm),
        "2024-02-19T09:00:00.000000Z assumed_zone "
    );
    assert!(gloss(&CiscoAsa, asdm).starts_with(
        "time=Feb 19 2024|09:00:00 · message number=302013 · event=Built · direction=outbound"
    ));
    assert_eq!(
        outline(
            &CiscoAsa,
            "Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags ACK  on interface inside"
        ),
        "packet drop tcp 10.0.0.11:443 > 198.51.100.23:50211 flags=A state=NoState in=inside"
    );
    assert_eq!(outline(&CiscoAsa, "Deny that you saw me"), "Foreign");
    assert_eq!(outline(&CiscoAsa, "6|7|8|302013|9"), "Foreign");
}

#[test]
fn time_and_device_come_from_the_nearest_header() {
    let at =
        |line: &str, expected: &str| assert_eq!(outline_head(&CiscoAsa, line), expected, "{line}");
    let body = "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags ACK  on interface inside";
    at(
        &format!("Feb 19 2024 10:15:02 fw1 : {body}"),
        "2024-02-19T10:15:02.000000Z assumed_zone fw1",
    );
    at(
        &format!("<166>Feb 19 2024 10:15:02: {body}"),
        "2024-02-19T10:15:02.000000Z assumed_zone ",
    );
    at(
        &format!("Feb 19 10:15:09 relay Feb 19 2024 10:15:02 fw1 : {body}"),
        "2024-02-19T10:15:02.000000Z assumed_zone fw1",
    );
    at(
        &format!("<166>1 2024-02-19T10:15:02Z fw1 - - - - {body}"),
        "2024-02-19T10:15:02.000000Z zoned fw1",
    );
    // Trap 16: a December line read in February is last year's.
    at(
        &format!("Dec 31 23:59:58 fw1 {body}"),
        "2023-12-31T23:59:58.000000Z no_year fw1",
    );
    at(body, "1970-01-01T00:00:00.000000Z missing ");
}

#[test]
fn the_gloss_names_every_field() {
    assert_eq!(
        gloss(
            &CiscoAsa,
            "Feb 19 2024 09:00:00 fw1 : %ASA-6-302013: Built outbound TCP connection 447 for outside:203.0.113.80/443 (203.0.113.80/443) to inside:10.1.1.5/50012 (198.51.100.2/22011)"
        ),
        "time=Feb 19 2024 09:00:00 · device=fw1 · message number=%ASA-6-302013 · event=Built · direction=outbound · protocol=TCP · connection number=447 · \
         first interface=outside · first address=203.0.113.80 · first port=443 · first address, translated=203.0.113.80 · first port, translated=443 · \
         second interface=inside · second address=10.1.1.5 · second port=50012 · second address, translated=198.51.100.2 · second port, translated=22011"
    );
    assert_eq!(
        gloss(
            &CiscoAsa,
            "%ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/443 to 198.51.100.23/50211 flags PSH ACK  on interface inside"
        ),
        "message number=%ASA-6-106015 · event=Deny · protocol=TCP · explanation=no connection · source address=10.0.0.11 · source port=443 · \
         destination address=198.51.100.23 · destination port=50211 · flags=PSH ACK · interface=inside"
    );
    assert_eq!(
        gloss(
            &CiscoAsa,
            "%ASA-6-302014: Teardown TCP connection 447 for outside:203.0.113.80/443 to inside:10.1.1.5/50012 duration 0:04:10 bytes 14804 TCP FINs from outside"
        ),
        "message number=%ASA-6-302014 · event=Teardown · protocol=TCP · connection number=447 · first interface=outside · first address=203.0.113.80 · first port=443 · \
         second interface=inside · second address=10.1.1.5 · second port=50012 · duration=0:04:10 · bytes=14804 · reason=TCP FINs · closed from=outside"
    );
}
