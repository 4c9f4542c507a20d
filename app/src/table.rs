//! Routes that can be listed: axum's router does not tell what is in it, and tests walk every address.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter};

use crate::state::AppState;

/// One method of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: Method,
    /// The address; `{name}` stands for anything without a slash.
    pub pattern: String,
}

/// The methods of one address and their handlers; begin with [`get`] or [`post`].
#[derive(Debug, Clone)]
pub struct Methods {
    methods: Vec<Method>,
    handlers: MethodRouter<AppState>,
}

impl Methods {
    fn with<H, T>(mut self, method: Method, filter: MethodFilter, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.methods.push(method);
        self.handlers = self.handlers.on(filter, handler);
        self
    }

    /// Adds a handler of `POST`.
    pub fn post<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::POST, MethodFilter::POST, handler)
    }

    /// Adds a handler of `PUT`.
    pub fn put<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::PUT, MethodFilter::PUT, handler)
    }

    /// Adds a handler of `PATCH`.
    pub fn patch<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::PATCH, MethodFilter::PATCH, handler)
    }

    /// Adds a handler of `DELETE`.
    pub fn delete<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.with(Method::DELETE, MethodFilter::DELETE, handler)
    }
}

fn none() -> Methods {
    Methods {
        methods: Vec::new(),
        handlers: MethodRouter::new(),
    }
}

/// An address that is read.
pub fn get<H, T>(handler: H) -> Methods
where
    H: Handler<T, AppState>,
    T: 'static,
{
    none().with(Method::GET, MethodFilter::GET, handler)
}

/// An address that forms are sent to, and that cannot be read.
pub fn post<H, T>(handler: H) -> Methods
where
    H: Handler<T, AppState>,
    T: 'static,
{
    none().post(handler)
}

/// An address that is only written to.
pub fn put<H, T>(handler: H) -> Methods
where
    H: Handler<T, AppState>,
    T: 'static,
{
    none().put(handler)
}

/// An address that is only changed in part.
pub fn patch<H, T>(handler: H) -> Methods
where
    H: Handler<T, AppState>,
    T: 'static,
{
    none().patch(handler)
}

/// An address that is only deleted.
pub fn delete<H, T>(handler: H) -> Methods
where
    H: Handler<T, AppState>,
    T: 'static,
{
    none().delete(handler)
}

/// Every address with its methods.
#[derive(Debug, Default)]
pub struct Table {
    routes: Vec<Route>,
    router: Router<AppState>,
}

impl Table {
    /// Adds an address.
    #[must_use]
    pub fn route(mut self, pattern: &str, methods: Methods) -> Self {
        for method in methods.methods {
            self.routes.push(Route {
                method,
                pattern: pattern.to_owned(),
            });
        }
        self.router = self.router.route(pattern, methods.handlers);
        self
    }

    /// What is in it, in the order it was added.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The router of it.
    pub fn into_router(self) -> Router<AppState> {
        self.router
    }
}
