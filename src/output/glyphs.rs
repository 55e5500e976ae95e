//! Signs that stand for words, where the locale can show them.

use crate::model::tick::Health;

#[derive(Debug)]
pub struct Glyphs {
    healthy: &'static str,
    unknown: &'static str,
    warning: &'static str,
    critical: &'static str,
    /// Between parts of a line.
    pub part: &'static str,
    /// Instead of a value.
    pub nothing: &'static str,
    /// Between two values.
    pub to: &'static str,
    /// Instead of what was cut out.
    pub cut: &'static str,
    /// Before what belongs to the line above.
    pub branch: &'static str,
    /// From empty to full.
    pub levels: [char; 8],
}

pub static UNICODE: Glyphs = Glyphs {
    healthy: "✓",
    unknown: "?",
    warning: "!",
    critical: "✗",
    part: "·",
    nothing: "–",
    to: "–",
    cut: "…",
    branch: "└ ",
    levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
};

pub static ASCII: Glyphs = Glyphs {
    healthy: "+",
    unknown: "?",
    warning: "!",
    critical: "x",
    part: "|",
    nothing: "-",
    to: "-",
    cut: "~",
    branch: "` ",
    levels: ['_', '.', ':', '-', '=', '+', '*', '#'],
};

impl Glyphs {
    pub fn of(&self, health: Health) -> &'static str {
        match health {
            Health::Healthy => self.healthy,
            Health::Unknown => self.unknown,
            Health::Warning => self.warning,
            Health::Critical => self.critical,
        }
    }

    /// A column a value; the largest is full, what is not known is blank.
    pub fn sparkline(&self, values: &[Option<u64>]) -> String {
        let largest = values.iter().flatten().max().copied().unwrap_or(0);
        let top = self.levels.len() - 1;
        let level = |value: u64| match value {
            0 => 0,
            value => {
                let share = value as f64 / largest as f64;
                ((share * top as f64).round() as usize).clamp(1, top)
            }
        };
        let signs = values.iter();
        let signs = signs.map(|value| value.map_or(' ', |value| self.levels[level(value)]));
        signs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_tells_nothing_from_little() {
        let values = |values: &[u64]| -> Vec<_> { values.iter().copied().map(Some).collect() };
        for (values, shown) in [
            (values(&[]), ""),
            (values(&[0, 0]), "▁▁"),
            (values(&[3, 3]), "██"),
            (values(&[0, 1, 1_000]), "▁▂█"),
            (values(&[0, 25, 50, 75, 100]), "▁▃▅▆█"),
            (vec![None, Some(0), Some(4)], " ▁█"),
        ] {
            assert_eq!(UNICODE.sparkline(&values), shown);
        }
        assert_eq!(ASCII.sparkline(&values(&[0, 50, 100])), "_=#");
    }
}
