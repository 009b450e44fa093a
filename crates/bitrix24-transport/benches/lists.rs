//! What a million rows cost: `cargo bench -p bitrix24-transport --bench lists` prints figures, nothing is asserted.
//!
//! The portal is a process of its own, and so is each walk, for a process has one peak of memory. Both walks send the same
//! batches of fifty chained pages: the list of this crate into its type, and a loop with plain reqwest into a struct of
//! serde, written by hand. They take turns; the middle ratio of their CPU times is what counts.

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        collections::BTreeMap,
        fmt::Write,
        hint::black_box,
        time::{Duration, Instant},
    };

    use bitrix24_portal::{Limits, Portal};
    use bitrix24_transport::{
        Client, Rate,
        list::Way,
        types::{DateTime, Id, NoCodes, list, object, request},
    };
    use rustix::time::{ClockId, clock_gettime};
    use serde::Deserialize;
    use serde_json::json;

    use crate::process::{Process, say, variable};

    const ROWS: i64 = 1_000_000;
    const ROUNDS: usize = 5;
    const METHOD: &str = "crm.deal.list";
    const PORTAL: &str = "portal";
    const WALK: &str = "walk";
    const URL: &str = "LISTS_URL";
    const HOW: &str = "LISTS_HOW";

    request! {
        /// Lists deals.
        pub struct Deals() {}
        "crm.deal.list" in ["crm"], V2, Read, "page" -> Vec<Deal>, NoCodes
    }

    list! {
        Deals: Deal, by id [Id] {
            id: "ID", key: "ID", filter: "filter", order: "order", start: "start",
        }
    }

    object! {
        /// A deal.
        pub struct Deal {
            id: Option<Id> = "ID";
            title: Option<String> = "TITLE";
            type_id: Option<String> = "TYPE_ID";
            stage_id: Option<String> = "STAGE_ID";
            currency_id: Option<String> = "CURRENCY_ID";
            opportunity: Option<String> = "OPPORTUNITY";
            company_id: Option<Id> = "COMPANY_ID";
            contact_id: Option<Id> = "CONTACT_ID";
            opened: Option<String> = "OPENED";
            comments: Option<String> = "COMMENTS";
            assigned_by_id: Option<Id> = "ASSIGNED_BY_ID";
            date_create: Option<DateTime> = "DATE_CREATE";
        }
    }

    /// The same by hand.
    #[derive(Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    #[allow(dead_code, reason = "what is read is not looked at")]
    struct Plain {
        id: String,
        title: String,
        type_id: String,
        stage_id: String,
        currency_id: String,
        opportunity: String,
        company_id: String,
        contact_id: String,
        opened: String,
        comments: Option<String>,
        assigned_by_id: String,
        date_create: String,
    }

    #[derive(Deserialize)]
    struct Answer {
        result: Results,
    }

    #[derive(Deserialize)]
    struct Results {
        result: BTreeMap<String, Vec<Plain>>,
    }

    pub fn main() {
        let arguments: Vec<_> = std::env::args().collect();
        let is = |word: &str| arguments.iter().any(|argument| argument == word);
        if is(PORTAL) {
            return portal();
        }
        if is(WALK) {
            return walk();
        }
        // As a test it would take too long.
        if !is("--bench") {
            return;
        }
        let mut portal = Process::start(&[PORTAL], []);
        let url = portal.hear();
        println!("{ROWS} rows     CPU a row        peak memory    in");
        let mut ratios = Vec::new();
        for _ in 0..ROUNDS {
            let plain = measure(&url, "plain");
            let by_id = measure(&url, "id");
            ratios.push(by_id / plain);
        }
        ratios.sort_by(f64::total_cmp);
        println!(
            "list by id / by hand: {:.3} of the CPU, {:.3} to {:.3}",
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1]
        );
        measure(&url, "ranges");
        measure(&url, "count");
    }

    /// Walks in another process, and says what it took: nanoseconds of CPU a row.
    fn measure(url: &str, how: &str) -> f64 {
        let mut walk = Process::start(&[WALK], [(URL, url), (HOW, how)]);
        let said = walk.hear();
        let numbers: Vec<f64> = said.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [cpu, peak, seconds] = numbers[..] else {
            panic!("{said}")
        };
        println!(
            "{how:<10} {cpu:>8.0} ns {:>14.1} MiB {seconds:>10.1} s",
            peak / 1024.0
        );
        cpu
    }

    fn portal() {
        let portal = Portal::builder()
            .limits(Limits::none())
            .start_blocking()
            .expect("a portal");
        let row = json!({
            "ID": "", "TITLE": "Deal {id}", "TYPE_ID": "SALE", "STAGE_ID": "NEW", "CURRENCY_ID": "EUR", "OPPORTUNITY": "1200.00",
            "COMPANY_ID": "17", "CONTACT_ID": "4711", "OPENED": "Y", "COMMENTS": null, "ASSIGNED_BY_ID": "1",
            "DATE_CREATE": "2024-08-30T14:29:00+02:00",
        });
        portal.table(METHOD).fill(1..=ROWS, row);
        say(&portal.webhook_url());
        while crate::process::heard().is_some() {}
    }

    fn walk() {
        let (url, how) = (variable(URL), variable(HOW));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let start = Instant::now();
        let rows = runtime.block_on(async {
            match how.as_str() {
                "plain" => plain(&url).await,
                way => typed(&url, Way::named(way).expect("a way")).await,
            }
        });
        assert_eq!(rows, ROWS);
        let cpu = cpu().as_nanos() as f64 / ROWS as f64;
        say(&format!("{cpu} {} {}", peak_kib(), start.elapsed().as_secs_f64()));
    }

    async fn typed(url: &str, way: Way) -> i64 {
        let client = Client::builder()
            .webhook(url)
            .rate(Rate::new(10_000, 10_000))
            .build()
            .expect("a client");
        let mut deals = client.list(Deals::new()).by(way);
        let mut rows = 0;
        while let Some(deal) = deals.next().await {
            black_box(deal.expect("a row"));
            rows += 1;
        }
        rows
    }

    async fn plain(url: &str) -> i64 {
        // Only the first installs it.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(90))
            .build()
            .expect("a client");
        let (mut last, mut rows) = (0_i64, 0);
        loop {
            let mut commands = String::new();
            for page in 0..50 {
                let above = match page {
                    0 => last.to_string(),
                    page => format!("%24result%5Bc{}%5D%5B49%5D%5BID%5D", page - 1),
                };
                let comma = if page == 0 { "" } else { "," };
                let _ = write!(
                    commands,
                    r#"{comma}"c{page}":"{METHOD}?filter[%3EID]={above}&order[ID]=ASC&start=-1""#
                );
            }
            let body = format!(r#"{{"halt":1,"cmd":{{{commands}}}}}"#);
            let request = client
                .post(format!("{url}batch"))
                .header("content-type", "application/json")
                .body(body);
            let answer = request
                .send()
                .await
                .expect("an answer")
                .bytes()
                .await
                .expect("a body");
            let answer: Answer = serde_json::from_slice(&answer).expect("rows");
            let mut pages = answer.result.result;
            for page in 0..50 {
                let deals = pages.remove(&format!("c{page}")).expect("a page");
                let is_full = deals.len() == 50;
                for deal in deals {
                    last = deal.id.parse().expect("a number");
                    black_box(deal);
                    rows += 1;
                }
                if !is_full || rows == ROWS {
                    return rows;
                }
            }
        }
    }

    fn cpu() -> Duration {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(
            time.tv_sec.unsigned_abs(),
            u32::try_from(time.tv_nsec).unwrap_or(0),
        )
    }

    /// The most memory that the process has had.
    fn peak_kib() -> f64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .expect("the peak");
        line.split_whitespace()
            .nth(1)
            .and_then(|number| number.parse().ok())
            .expect("a number")
    }
}

#[cfg(target_os = "linux")]
#[path = "../tests/support/process.rs"]
mod process;

fn main() {
    #[cfg(target_os = "linux")]
    linux::main();
}
