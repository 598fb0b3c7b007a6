//! A list against a slow and simple oracle.

use super::*;

#[test]
fn a_list_is_its_text() {
    let (list, unread) = WatchList::of(&["192.0.2.1 one", "192.0.2.1 again\r\nwhat?\n:80\n:80\n"]);
    assert_eq!((list.n_entries(), list.n_unread()), (2, 1));
    assert_eq!((list.entry(0), list.remark(0)), ("192.0.2.1", "one"));
    assert_eq!(unread[0], Unread::default());
    assert_eq!(unread[1].first, [(2, "what?".to_string())]);
    let same = WatchList::read("192.0.2.1 one\n192.0.2.1 again\r\nwhat?\n:80\n:80\n");
    assert_eq!(list, same);
    assert_ne!(list, WatchList::read("192.0.2.1 one\n"));
}
