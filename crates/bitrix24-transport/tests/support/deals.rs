//! Lists as generated code declares them, over the portal's tables.

#![allow(missing_docs, reason = "each test file uses its own part")]

use bitrix24_transport::types::{Id, Map, NoCodes, Value, list, object, request};

request! {
    /// Lists deals, by every way that REST 2 has.
    pub struct Deals() {
        select: Vec<String> = "select";
        filter: Map<Value> = "filter";
        order: Map<String> = "order";
    }
    "crm.deal.list" in ["crm"], V2, Read, "page" -> Vec<Deal>, NoCodes
}

list! {
    Deals: Deal, by id [Id, Count, Next] {
        id: "ID", key: "ID", select: "select", filter: "filter", order: "order", start: "start",
    }
}

object! {
    /// A deal.
    pub struct Deal {
        id: Option<Id> = "ID";
        title: Option<String> = "TITLE";
    }
}

request! {
    /// Lists tasks, whose rows are in the result, with other names than in the filter.
    pub struct Tasks() {
        filter: Map<Value> = "filter";
    }
    "tasks.task.list" in ["tasks"], V2, Read, "page" -> TasksResult, NoCodes
}

list! {
    Tasks: Task, in tasks, by id [Id, Count, Next] {
        rows: "tasks", id: "id", key: "ID", filter: "filter", order: "order", start: "start",
    }
}

object! {
    /// A page of tasks.
    pub struct TasksResult {
        tasks: Vec<Task> = "tasks";
    }
}

object! {
    /// A task.
    pub struct Task {
        id: Option<Id> = "id";
    }
}

request! {
    /// Lists pages by offset.
    pub struct Sites() {
        params: Map<Value> = "params";
    }
    "landing.repo.getlist" in ["landing"], V2, Read, "page" -> Vec<Deal>, NoCodes
}

list! {
    Sites: Deal, by id [Offset] {
        id: "ID", key: "ID", filter: "params.filter", order: "params.order", limit: "params.limit", offset: "params.offset",
    }
}

request! {
    /// Lists events, by page.
    pub struct Events() {
        pagination: Map<Value> = "pagination";
    }
    "main.eventlog.list" in ["main"], V3, Read, "page" -> EventsResult, NoCodes
}

list! {
    Events: Task, in items, by id [Page] {
        rows: "items", id: "id", key: "id", order: "order", page: "pagination",
    }
}

request! {
    /// Lists events, by cursor.
    pub struct Tail() {
        cursor: Map<Value> = "cursor";
    }
    "main.eventlog.tail" in ["main"], V3, Read, "page" -> EventsResult, NoCodes
}

list! {
    Tail: Task, in items, by id [Tail] {
        rows: "items", id: "id", key: "id", tail: "cursor",
    }
}

object! {
    /// A page of events.
    pub struct EventsResult {
        items: Vec<Task> = "items";
    }
}
