//! Addresses, bodies, envelopes, batches, scripts: what does not depend on the method.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{Clock, Limits, Portal};
use raw::Raw;
use serde_json::{Value, json};

const NOW: Duration = Duration::from_millis(1_773_285_117_250);

async fn portal() -> (Portal, Raw) {
    let portal = Portal::builder()
        .clock(Clock::fixed(NOW))
        .limits(Limits::none())
        .start()
        .await
        .unwrap();
    let raw = Raw::new(&portal);
    (portal, raw)
}

#[tokio::test]
async fn a_call_may_be_written_in_many_ways() {
    let (portal, raw) = portal().await;
    let http = &raw.http;
    let hook = raw.webhook.clone();
    let query = "fields[TITLE]=A%26B&fields[CODE]=&fields[ADDITIONAL_FIELDS][THEME_CODE]=x";
    let form = "application/x-www-form-urlencoded";
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"fields[TITLE]\"\r\n\r\nA&B\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"fields[CODE]\"\r\n\r\n\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"fields[ADDITIONAL_FIELDS][THEME_CODE]\"\r\n\r\nx\r\n--b--";
    let json = json!({"fields": {"TITLE": "A&B", "CODE": "", "ADDITIONAL_FIELDS": {"THEME_CODE": "x"}}});
    let requests = [
        http.get(format!("{hook}landing.site.add?{query}")),
        http.get(format!("{hook}/landing.site.add.json/?{query}")),
        http.post(format!("{hook}LANDING.SITE.ADD?{query}")),
        http.post(format!("{hook}landing.site.add"))
            .header("Content-Type", form)
            .body(query),
        http.post(format!("{hook}landing.site.add"))
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(multipart),
        http.post(format!("{hook}Landing.Site.Add.json")).json(&json),
        http.post(format!("{hook}landing.site.add?fields[TITLE]=other"))
            .json(&json),
    ];
    let count = requests.len();
    for request in requests {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
    }
    let calls = portal.calls();
    assert_eq!(calls.len(), count);
    assert!(
        calls
            .iter()
            .all(|call| call.params == json && call.ran && call.status == Some(200)),
        "{calls:#?}"
    );
    assert_eq!(
        (portal.runs("landing.site.add"), portal.requests()),
        (count, count)
    );
    assert_eq!(
        portal.connections(),
        1,
        "one after the other, over one connection"
    );
    portal.state(|state| {
        assert!(
            state
                .sites
                .values()
                .all(|site| site.title == "A&B" && site.additional_fields["THEME_CODE"] == "x")
        );
    });
}

#[tokio::test]
async fn what_is_no_call() {
    let (portal, raw) = portal().await;
    let get = |path: String| {
        let request = raw.http.get(path);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(get(portal.url()).await, 404);
    assert_eq!(get(format!("{}/rest/1/2/3/4", portal.url())).await, 404);
    assert_eq!(get(format!("{}landing.site.getList.xml", raw.webhook)).await, 501);
    let put = raw
        .http
        .put(format!("{}landing.site.getList", raw.webhook))
        .send()
        .await
        .unwrap();
    assert_eq!(put.status().as_u16(), 405);
    assert!(portal.calls().is_empty());

    for method in ["", "landing.site.nothing", "crm.lamp.get"] {
        assert_eq!(
            raw.refusal(method, json!({})).await,
            (404, "ERROR_METHOD_NOT_FOUND".to_owned())
        );
    }
    let request = raw.http.post(format!("{}landing.site.add", raw.webhook));
    let broken = request
        .header("Content-Type", "application/json")
        .body("{")
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status().as_u16(), 400);
    assert_eq!(broken.json::<Value>().await.unwrap()["error"], "INVALID_BODY");
}

#[tokio::test]
async fn garbage_does_not_stop_the_portal() {
    let (_portal, raw) = portal().await;
    let bodies: [&[u8]; 6] = [
        b"\xff\xfe\x00",
        b"[[[[[[",
        b"{\"a\":",
        b"--",
        b"a[b[c=1&[=&]=&&&=",
        &[0; 100_000],
    ];
    for kind in [
        "application/json",
        "multipart/form-data; boundary=-",
        "application/x-www-form-urlencoded",
        "?",
    ] {
        for body in bodies {
            let request = raw.http.post(format!("{}landing.site.add", raw.webhook));
            let response = request
                .header("Content-Type", kind)
                .body(body.to_vec())
                .send()
                .await
                .unwrap();
            assert_eq!(response.status().as_u16(), 400);
        }
    }
    let deep = "[".repeat(100_000);
    let request = raw.http.post(format!("{}landing.site.add", raw.webhook));
    let response = request
        .header("Content-Type", "application/json")
        .body(deep)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 400);
    raw.ok("landing.site.getList", json!({})).await;
}

#[tokio::test]
async fn the_time_block() {
    let (portal, raw) = portal().await;
    portal.cost("LANDING.site.getList", Duration::from_millis(1_500));
    portal.state(|state| state.account.utc_offset_minutes = 180);
    let (_, body) = raw.call("landing.site.getList", json!({})).await;
    assert_eq!(
        body,
        json!({
            "result": [],
            "time": {
                "start": 1_773_285_117.25,
                "finish": 1_773_285_118.75,
                "duration": 1.5,
                "processing": 1.5,
                "date_start": "2026-03-12T06:11:57+03:00",
                "date_finish": "2026-03-12T06:11:58+03:00",
                "operating_reset_at": 1_773_285_717,
                "operating": 1.5,
            },
        })
    );
}

#[tokio::test]
async fn scripts_and_what_the_portal_remembers() {
    let (portal, raw) = portal().await;
    portal
        .on("crm.deal.list")
        .page(json!([{"ID": "1"}]), 2, Some(50))
        .error(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        .reply(json!([]));
    let (status, body) = raw.call("crm.deal.list", json!({"start": 0})).await;
    assert_eq!(
        (status, &body["total"], &body["next"]),
        (200, &json!(2), &json!(50))
    );
    assert_eq!(
        raw.refusal("CRM.deal.list", json!({})).await,
        (503, "QUERY_LIMIT_EXCEEDED".to_owned())
    );
    for _ in 0..2 {
        let (_, body) = raw.call("crm.deal.list", json!({})).await;
        assert_eq!((&body["result"], body.get("next")), (&json!([]), None));
    }
    assert_eq!(portal.runs("crm.deal.list"), 4);
    let calls = portal.calls();
    assert_eq!(
        (calls[0].method.as_str(), &calls[0].params, calls[1].status),
        ("crm.deal.list", &json!({"start": 0}), Some(503))
    );

    // A script stands in for the method; what is checked before it still is.
    portal.on("landing.site.publication").reply(json!(7));
    assert_eq!(
        raw.ok("landing.site.publication", json!({"id": 1})).await,
        json!(7)
    );
    assert_eq!(
        raw.refusal("landing.site.publication", json!({})).await,
        (400, "MISSING_PARAMS".to_owned())
    );
    portal.on("landing.site.publication");
    assert_eq!(raw.publish(1).await, (400, "ACCESS_DENIED".to_owned()));
}

#[tokio::test]
async fn a_batch_runs_its_commands_in_order_and_hands_results_on() {
    let (portal, raw) = portal().await;
    // Names that do not sort in the order in which they stand.
    let cmd = json!({
        "z": "landing.site.add?fields[TITLE]=One%26Two&fields[CODE]=",
        "y": "landing.landing.add?fields[TITLE]=Home&fields[SITE_ID]=$result[z]",
        "x": "landing.site.publication?id=$result[z]",
        "w": "landing.site.getList?params[filter][ID]=$result[z]&params[select][]=TITLE",
        "v": "landing.site.update?id=$result[w][0][ID]&fields[DESCRIPTION]=site%20$result[z]!",
        "u": "landing.site.publication?id=$result[none]",
        "t": "no.such.method",
    });
    // A JSON object in a test is sorted by name; the order of the text is what counts.
    let text = r#"{"z":Z,"y":Y,"x":X,"w":W,"v":V,"u":U,"t":T}"#;
    let text = "zyxwvut".chars().fold(text.to_owned(), |text, name| {
        let key = name.to_ascii_uppercase().to_string();
        text.replacen(&format!(":{key}"), &format!(":{}", cmd[name.to_string()]), 1)
    });
    let request = raw
        .http
        .post(format!("{}batch", raw.webhook))
        .header("Content-Type", "application/json");
    let body = request
        .body(format!(r#"{{"halt":0,"cmd":{text}}}"#))
        .send()
        .await
        .unwrap();
    let body: Value = body.json().await.unwrap();
    let result = &body["result"];
    let site = result["result"]["z"].as_i64().unwrap();
    assert_eq!(result["result"]["x"], json!(site));
    assert_eq!(
        result["result"]["w"],
        json!([{"ID": site.to_string(), "TITLE": "One&Two", "TYPE": "PAGE"}])
    );
    assert_eq!(result["result"]["v"], json!(true));
    assert_eq!(
        result["result_error"]["u"]["error"], "TYPE_ERROR",
        "what cannot be resolved goes on as text"
    );
    assert_eq!(result["result_error"]["t"]["error"], "ERROR_METHOD_NOT_FOUND");
    assert_eq!(result["result_total"], json!([]));
    assert!(result["result_time"]["z"]["operating"].is_number());
    assert!(body["time"]["start"].is_number() && body["time"].get("operating").is_none());
    assert_eq!(
        portal.state(|state| state.sites[&site].description.clone()),
        format!("site {site}!")
    );
    assert_eq!((portal.requests(), portal.calls().len()), (1, 8));
    assert_eq!(portal.runs("landing.site.publication"), 1);
}

#[tokio::test]
async fn a_batch_halts_if_it_is_told_to() {
    let (portal, raw) = portal().await;
    let cmd = json!([
        "landing.site.getList",
        "landing.site.publication?id=1",
        "landing.site.getList"
    ]);
    for halt in [json!(1), json!(true), json!("1")] {
        let result = raw.ok("batch", json!({"halt": halt, "cmd": cmd})).await;
        assert_eq!(result["result"], json!([[]]));
        assert_eq!(result["result_error"]["1"]["error"], "ACCESS_DENIED");
    }
    assert_eq!(portal.runs("landing.site.getList"), 3);
    for halt in [json!(0), json!(false), json!("0"), json!(null)] {
        let result = raw.ok("batch", json!({"halt": halt, "cmd": cmd})).await;
        assert_eq!(result["result"], json!({"0": [], "2": []}));
    }
    // In a form, the commands are escaped twice.
    let form = "cmd%5Ba%5D=landing.site.add%3Ffields%5BTITLE%5D%3DA%2526B%26fields%5BCODE%5D%3D";
    let request = raw.http.post(format!("{}batch", raw.webhook));
    let body: Value = request.body(form).send().await.unwrap().json().await.unwrap();
    let site = body["result"]["result"]["a"].as_i64().unwrap();
    assert_eq!(portal.state(|state| state.sites[&site].title.clone()), "A&B");
}

#[tokio::test]
async fn operating_time_is_charged_to_the_commands_of_a_batch() {
    let (portal, raw) = portal().await;
    portal.limits(|limits| limits.operating = Some(Duration::from_secs(10)));
    portal.cost("landing.site.getList", Duration::from_secs(6));
    let cmd = vec!["landing.site.getList"; 3];
    let result = raw.ok("batch", json!({"cmd": cmd})).await;
    assert_eq!(result["result_time"][0]["operating"], json!(6));
    assert_eq!(result["result_time"][1]["operating"], json!(12));
    assert_eq!(result["result_error"]["2"]["error"], "OPERATION_TIME_LIMIT");
    raw.ok("landing.landing.getList", json!({})).await;
}

#[tokio::test]
async fn two_portals_know_nothing_of_each_other() {
    let (first, _) = portal().await;
    let (second, raw) = portal().await;
    assert_ne!(first.webhook_url(), second.webhook_url());
    let code = |portal: &Portal| {
        portal
            .webhook_url()
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(code(&first).len(), 16);
    assert_ne!(code(&first), code(&second));
    let foreign = Raw {
        webhook: first.webhook_url().replace(&first.url(), &second.url()),
        http: raw.http.clone(),
    };
    assert_eq!(foreign.publish(1).await, (401, "NO_AUTH_FOUND".to_owned()));
    assert!(
        !format!("{first:?}").contains(&code(&first)),
        "the code is in no log"
    );
}

#[test]
fn a_portal_needs_no_runtime() {
    let portal = Portal::builder().webhook_code("abc").start_blocking().unwrap();
    assert!(portal.webhook_url().ends_with("/rest/1/abc/"));
    let taken = portal.url().trim_start_matches("http://").parse().unwrap();
    assert!(Portal::builder().listen(taken).start_blocking().is_err());
}
