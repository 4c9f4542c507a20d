//! A small line without axes, beside the figure it leads to.

use leptos::prelude::*;
use metrics::catalog::Unit;
use metrics::series::Point;

use super::plot::{self, Frame};
use super::scale;
use crate::format;

/// The newest value, and the line that led to it. The line is not read out: the figure stands beside it.
#[component]
pub fn Spark(
    /// By time.
    points: Vec<Point>,
    /// First and last minute.
    minutes: (i64, i64),
    /// Minutes a point spans.
    step: i64,
    /// What the values count.
    unit: Unit,
    /// Without the figure, which stands elsewhere.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let (points, step) = plot::drawable(&points, step);
    let Some(last) = points.last().map(|p| p.last) else {
        let unknown = (!bare).then(|| view! { <span class="none">{format::UNKNOWN}</span> });
        return view! { {unknown} }.into_any();
    };
    let high = points.iter().map(|p| p.max).fold(0.0, f64::max);
    let low = points.iter().map(|p| p.min).fold(0.0, f64::min);
    // A line of nothing but zeros lies at the foot.
    let high = if high > low { high } else { low + 1.0 };
    let line = Frame::new(minutes, (low, high)).line(&points, step);
    let figure = (!bare).then(|| view! { <small>{scale::alone(unit, last)}</small> });
    view! {
        <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><path d=line/></svg>
        {figure}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::super::point;
    use super::*;
    use crate::ui::document::render;

    #[test]
    fn the_figure_stands_beside_its_line() {
        let points = vec![point(0, 0.0), point(1, 2e6), point(2, 1e6)];
        let html = render(
            || view! { <Spark points=points.clone() minutes=(0, 2) step=1 unit=Unit::BytesPerSecond/> },
        );
        assert!(html.contains("d=\"M0 100L50 0L100 50\""), "{html}");
        assert!(html.contains("<small>1.0 MB/s</small>"), "{html}");
        let none =
            render(|| view! { <Spark points=vec![] minutes=(0, 2) step=1 unit=Unit::Count/> });
        assert!(none.contains('—') && !none.contains("<svg"), "{none}");
        let zeros = vec![point(0, 0.0), point(1, 0.0)];
        let html = render(
            || view! { <Spark points=zeros minutes=(0, 1) step=1 unit=Unit::Count bare=true/> },
        );
        assert!(
            html.contains("d=\"M0 100L100 100\"") && !html.contains("small"),
            "{html}"
        );
    }
}
