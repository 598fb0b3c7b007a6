//! Work on all sessions, shared by the processors there are.
//!
//! What is done with an item never depends on which slice it is in, and results come in the order of the items: any
//! number of processors gives the same. A worker of the page has one.

#[cfg(not(target_family = "wasm"))]
use std::sync::Mutex;

/// Starting a thread takes as long as judging some hundred sessions.
#[cfg(not(target_family = "wasm"))]
const WORTH_A_THREAD: usize = 1 << 14;

/// How many share the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    /// 0: as many as there are processors, where the work is worth it.
    n: usize,
}

impl Hands {
    pub fn exactly(n: usize) -> Hands {
        Hands { n }
    }

    /// Cuts a list into slices, each with the place of its first item, and gives what they come to.
    pub fn share<T: Send, R: Send>(
        self,
        items: &mut [T],
        work: impl Fn(usize, &mut [T]) -> R + Sync,
    ) -> Vec<R> {
        #[cfg(not(target_family = "wasm"))]
        if let n @ 2.. = self.n_for(items.len()) {
            let length = items.len().div_ceil(n).max(1);
            let work = &work;
            return std::thread::scope(|scope| {
                let slices = items.chunks_mut(length).enumerate();
                let threads: Vec<_> = slices
                    .map(|(nth, slice)| scope.spawn(move || work(nth * length, slice)))
                    .collect();
                threads.into_iter().map(done).collect()
            });
        }
        vec![work(0, items)]
    }

    /// Gives what each item comes to. Whoever is free takes the next one; `n_sessions` is how much work all of them are.
    pub fn map<T: Send, R: Send>(
        self,
        items: Vec<T>,
        n_sessions: usize,
        work: impl Fn(T) -> R + Sync,
    ) -> Vec<R> {
        #[cfg(not(target_family = "wasm"))]
        if let n @ 2.. = self.n_for(n_sessions).min(items.len()) {
            let queue = Mutex::new(items.into_iter().enumerate());
            let next = || queue.lock().ok().and_then(|mut queue| queue.next());
            let take = || {
                let mut results = Vec::new();
                while let Some((nth, item)) = next() {
                    results.push((nth, work(item)));
                }
                results
            };
            let mut results: Vec<(usize, R)> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..n).map(|_| scope.spawn(take)).collect();
                threads.into_iter().flat_map(done).collect()
            });
            results.sort_by_key(|(nth, _)| *nth);
            return results.into_iter().map(|(_, result)| result).collect();
        }
        let _ = n_sessions;
        items.into_iter().map(work).collect()
    }

    #[cfg(not(target_family = "wasm"))]
    fn n_for(self, n_sessions: usize) -> usize {
        static PROCESSORS: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
        match self.n {
            0 if n_sessions < WORTH_A_THREAD => 1,
            0 => *PROCESSORS
                .get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from)),
            n => n,
        }
    }
}

/// What a thread came to; if it panicked, so do we.
#[cfg(not(target_family = "wasm"))]
fn done<R>(thread: std::thread::ScopedJoinHandle<'_, R>) -> R {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::Hands;

    #[test]
    fn any_number_gives_the_same() {
        for hands in [0, 1, 2, 7].map(Hands::exactly) {
            for len in [0, 1, 6, 100] {
                let mut list: Vec<usize> = vec![0; len];
                let sums = hands.share(&mut list, |start, slice| {
                    for (nth, item) in slice.iter_mut().enumerate() {
                        *item = start + nth;
                    }
                    slice.len()
                });
                assert_eq!(sums.iter().sum::<usize>(), len);
                assert!(list.iter().copied().eq(0..len));
                let doubled = hands.map(list, len, |item| item * 2);
                assert!(doubled.into_iter().eq((0..len).map(|nth| nth * 2)));
            }
        }
    }
}
