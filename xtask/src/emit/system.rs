//! What holds for every call: the system errors and the limits, in the crate of types.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::print::{File, doc};
use crate::model::{Model, SystemError};
use crate::spec::{Ran, Rate, Retry};

pub fn files(model: &Model, files: &mut BTreeMap<String, String>) {
    let doc = "Errors that any call may be answered with, the limits, and the authorization servers.";
    let mut file = File::new(["spec/protocol.toml"], &[doc.to_owned()]);
    file.lines("use crate::system::{Limits, Ran, RequestLimit, Retry};\n");
    errors(&mut file, &model.system_errors);
    limits(&mut file, model);
    auth(&mut file, &model.auth_hosts);
    files.insert(
        "crates/bitrix24-types/src/generated/system.rs".to_owned(),
        file.finish(),
    );
}

fn errors(file: &mut File, errors: &[SystemError]) {
    let names: Vec<_> = errors
        .iter()
        .map(|error| format_ident!("{}", error.name))
        .collect();
    let docs = errors.iter().map(|error| doc(&error.doc));
    file.items(quote! {
        #[doc = " An error of the system, not of a method: any call may be answered with it."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SystemError {
            #(#docs #names,)*
        }
    });
    let table = |value: &dyn Fn(&SystemError) -> TokenStream| {
        let values = errors.iter().map(value);
        quote!(match self { #(Self::#names => #values,)* })
    };
    let codes = table(&|error| {
        let code = &error.code;
        quote!(#code)
    });
    let statuses = table(&|error| {
        let status = Literal::u16_unsuffixed(error.status);
        quote!(#status)
    });
    let ran = table(&|error| match error.ran {
        Ran::No => quote!(Ran::No),
        Ran::Unknown => quote!(Ran::Unknown),
    });
    let retry = table(&|error| match error.retry {
        Retry::Wait => quote!(Retry::Wait),
        Retry::Hold => quote!(Retry::Hold),
        Retry::Refresh => quote!(Retry::Refresh),
        Retry::Effect => quote!(Retry::Effect),
        Retry::Never => quote!(Retry::Never),
    });
    file.items(quote! {
        impl SystemError {
            #[doc = " All of them."]
            pub const ALL: &'static [Self] = &[#(Self::#names),*];
            #[doc = " The code as it is sent."]
            pub const fn code(self) -> &'static str { #codes }
            #[doc = " The HTTP status it is documented with."]
            pub const fn status(self) -> u16 { #statuses }
            #[doc = " Whether the method ran nevertheless."]
            pub const fn ran(self) -> Ran { #ran }
            #[doc = " What can be done."]
            pub const fn retry(self) -> Retry { #retry }
        }
    });
}

fn limits(file: &mut File, model: &Model) {
    let number = |number: u32| Literal::u32_unsuffixed(number);
    let rate = |rate: Rate| {
        let (threshold, drain) = (number(rate.threshold), number(rate.drain));
        quote!(RequestLimit { threshold: #threshold, drain: #drain })
    };
    let limits = &model.limits;
    let (standard, enterprise) = (rate(limits.standard), rate(limits.enterprise));
    let (operating, request) = (number(limits.operating_seconds), number(limits.request_seconds));
    let (page, batch) = (number(limits.page), number(limits.batch));
    file.items(quote! {
        #[doc = " The limits of the cloud service."]
        pub const LIMITS: Limits = Limits {
            standard: #standard,
            enterprise: #enterprise,
            operating_seconds: #operating,
            request_seconds: #request,
            page: #page,
            batch: #batch,
        };
    });
}

fn auth(file: &mut File, hosts: &[String]) {
    file.items(quote! {
        #[doc = " The hosts of the vendor's authorization servers, to which an application's secret may go; the usual one first."]
        pub const AUTH_HOSTS: &[&str] = &[#(#hosts),*];
    });
}
