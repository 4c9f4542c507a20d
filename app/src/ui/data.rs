//! State, count, facts, stats, bar, limits, code, copy.

use leptos::prelude::*;

use super::Icon;

/// What a state or an alert means. Shape and word say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Tone {
    Ok,
    Warn,
    Danger,
    #[default]
    Info,
    Busy,
    Idle,
}

impl Tone {
    /// CSS class.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Info => "info",
            Self::Busy => "busy",
            Self::Idle => "idle",
        }
    }

    /// Icon of an alert.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Info | Self::Busy | Self::Idle => "info",
        }
    }
}

/// A state: shape, colour and word together.
#[component]
pub fn State(
    /// What it means.
    tone: Tone,
    /// The word.
    #[prop(into)]
    text: String,
    /// On a tinted ground, in the page head.
    #[prop(optional)]
    badge: bool,
) -> impl IntoView {
    let badge = if badge { " badge" } else { "" };
    view! { <span class=format!("state {}{badge}", tone.class())>{text}</span> }
}

/// A count beside a word.
#[component]
pub fn Count(
    /// The figure as text.
    #[prop(into)]
    text: String,
    /// Loud only where someone should act.
    #[prop(optional)]
    tone: Option<Tone>,
) -> impl IntoView {
    let tone = tone
        .map(|tone| format!(" {}", tone.class()))
        .unwrap_or_default();
    view! { <span class=format!("count{tone}")>{text}</span> }
}

/// One thing's properties.
#[component]
pub fn Facts(
    /// [`Fact`]s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// One property.
#[component]
pub fn Fact(
    /// Its name.
    #[prop(into)]
    name: String,
    /// Its value.
    children: Children,
) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{children()}</dd></div> }
}

/// Figures in a row.
#[component]
pub fn Stats(
    /// [`Stat`]s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="stats">{children()}</dl> }
}

/// One figure.
#[component]
pub fn Stat(
    /// What it counts.
    #[prop(into)]
    name: String,
    /// The figure.
    #[prop(into)]
    value: String,
    /// Its unit, small.
    #[prop(optional, into)]
    unit: Option<String>,
    /// The exact number, where the figure is shortened.
    #[prop(optional, into)]
    exact: Option<String>,
    /// A line under it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <span title=exact>{value}</span>
                {unit.map(|unit| view! { " "<small>{unit}</small> })}
            </dd>
            {children.map(|children| view! { <dd>{children()}</dd> })}
        </div>
    }
}

/// A share of a whole; not read out, the number stands beside it.
#[component]
pub fn Bar(
    /// 0 to 100.
    percent: u8,
    /// Loud near the limit.
    #[prop(optional)]
    tone: Option<Tone>,
) -> impl IntoView {
    let class = tone.map_or("bar".to_owned(), |tone| format!("bar {}", tone.class()));
    let rect = format!("<rect width=\"{}%\" height=\"100%\"/>", percent.min(100));
    view! { <svg class=class aria-hidden="true" inner_html=rect></svg> }
}

/// Use against limits.
#[component]
pub fn Limits(
    /// [`Limit`]s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="limits">{children()}</dl> }
}

/// Use against one limit: 90 % and 100 % are said in words by `text`, and shown.
#[component]
pub fn Limit(
    /// What is limited.
    #[prop(into)]
    name: String,
    /// Used.
    used: u64,
    /// The limit.
    limit: u64,
    /// “31,204 of 40,000”.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let percent = percent(used, limit);
    let tone = match percent {
        100 => Some(Tone::Danger),
        90.. => Some(Tone::Warn),
        _ => None,
    };
    let figure = match tone {
        Some(tone) => view! { <State tone=tone text=text/> }.into_any(),
        None => text.into_any(),
    };
    let bar = match tone {
        Some(tone) => view! { <Bar percent=percent tone=tone/> }.into_any(),
        None => view! { <Bar percent=percent/> }.into_any(),
    };
    view! { <div><dt>{name}</dt><dd>{bar}</dd><dd class="num">{figure}</dd></div> }
}

/// Whole per cent, rounded down so that 100 means full.
fn percent(used: u64, limit: u64) -> u8 {
    if limit == 0 {
        return 0;
    }
    u8::try_from(u128::from(used) * 100 / u128::from(limit)).map_or(100, |p| p.min(100))
}

/// A command or a text to copy whole; without script a click in it selects all.
#[component]
pub fn Code(
    /// What it is.
    #[prop(optional, into)]
    caption: Option<String>,
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <figure class="code">
            {caption.map(|caption| view! { <figcaption>{caption}</figcaption> })}
            <button class="button quiet" type="button" data-copy="" hidden><Icon name="copy"/>{t!("ui-copy")}</button>
            <pre tabindex="0">{text}</pre>
        </figure>
    }
}

/// A short value with a button that copies it. The button is hidden until the script is there.
#[component]
pub fn Copy(
    /// The value.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let label = t!("ui-copy-value", value = text.clone());
    view! {
        <span class="copy">
            <code>{text}</code>
            <button class="button quiet bare" type="button" data-copy="" aria-label=label hidden><Icon name="copy"/></button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down_and_bounded() {
        assert_eq!(percent(0, 0), 0);
        assert_eq!(percent(999, 1000), 99);
        assert_eq!(percent(1000, 1000), 100);
        assert_eq!(percent(u64::MAX, 1), 100);
    }
}
