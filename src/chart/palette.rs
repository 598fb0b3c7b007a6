//! Roles: what a color stands for. A scene knows roles only; the theme says what they look like.

use crate::engine::dataset::Outcome;
use plotters::style::RGBColor;

/// Each is a CSS custom property of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    Ink,
    Soft,
    Line,
    Edge,
    Card,
    Accent,
    Worked,
    Blocked,
    Refused,
    Unanswered,
    Orphan,
    Noise,
    Unsure,
    /// Nothing is painted; a place that can be pointed at.
    Clear,
}

impl Role {
    pub const ALL: [Role; 14] = [
        Role::Ink,
        Role::Soft,
        Role::Line,
        Role::Edge,
        Role::Card,
        Role::Accent,
        Role::Worked,
        Role::Blocked,
        Role::Refused,
        Role::Unanswered,
        Role::Orphan,
        Role::Noise,
        Role::Unsure,
        Role::Clear,
    ];

    pub fn of(outcome: Outcome) -> Role {
        match outcome {
            Outcome::Worked => Role::Worked,
            Outcome::Blocked => Role::Blocked,
            Outcome::Refused => Role::Refused,
            Outcome::Unanswered => Role::Unanswered,
            Outcome::ReplyBlocked => Role::Orphan,
            Outcome::Noise => Role::Noise,
            Outcome::Unknown => Role::Unsure,
        }
    }

    /// Name of the custom property, without its dashes.
    pub fn name(self) -> &'static str {
        match self {
            Role::Ink => "ink",
            Role::Soft => "soft",
            Role::Line => "line",
            Role::Edge => "edge",
            Role::Card => "card",
            Role::Accent => "accent",
            Role::Worked => "worked",
            Role::Blocked => "blocked",
            Role::Refused => "refused",
            Role::Unanswered => "unanswered",
            Role::Orphan => "orphan",
            Role::Noise => "noise",
            Role::Unsure => "unsure",
            Role::Clear => "clear",
        }
    }
}

/// What tells outcomes apart without color: drawn over a filled shape in the color of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Texture {
    /// Blocked replies.
    Slash,
    /// Refused.
    Dots,
    /// Unanswered.
    Bars,
    /// Noise.
    Sparse,
    /// Cannot tell.
    Grid,
}

impl Texture {
    pub const ALL: [Texture; 5] = [
        Texture::Slash,
        Texture::Dots,
        Texture::Bars,
        Texture::Sparse,
        Texture::Grid,
    ];

    /// Worked and blocked are plain: they differ in lightness and come first and last but one.
    pub fn of(outcome: Outcome) -> Option<Texture> {
        match outcome {
            Outcome::Worked | Outcome::Blocked => None,
            Outcome::ReplyBlocked => Some(Texture::Slash),
            Outcome::Refused => Some(Texture::Dots),
            Outcome::Unanswered => Some(Texture::Bars),
            Outcome::Noise => Some(Texture::Sparse),
            Outcome::Unknown => Some(Texture::Grid),
        }
    }

    /// Id of the pattern in the document.
    pub fn id(self) -> &'static str {
        match self {
            Texture::Slash => "texture-slash",
            Texture::Dots => "texture-dots",
            Texture::Bars => "texture-bars",
            Texture::Sparse => "texture-sparse",
            Texture::Grid => "texture-grid",
        }
    }

    /// Side of the tile in pixels, and the path that is stroked in it, one pixel and a half wide.
    pub fn tile(self) -> (u32, &'static str) {
        match self {
            Texture::Slash => (6, "M-1 7L7 -1M-1 1L1 -1M5 7L7 5"),
            Texture::Dots => (5, "M2 2h1.5"),
            Texture::Bars => (4, "M1 0V4"),
            Texture::Sparse => (8, "M2 2h1.5M6 6h1.5"),
            Texture::Grid => (6, "M0 3H6M3 0V6"),
        }
    }
}

/// The colors that a drawing uses, by role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette([RGBColor; Role::ALL.len()]);

impl Palette {
    /// Colors that only name roles; what a scene is recorded with.
    pub fn roles() -> Palette {
        Palette(Role::ALL.map(|role| RGBColor(role as u8, 0, 0)))
    }

    pub fn of(color: impl Fn(Role) -> (u8, u8, u8)) -> Palette {
        Palette(Role::ALL.map(|role| {
            let (red, green, blue) = color(role);
            RGBColor(red, green, blue)
        }))
    }

    /// For pictures that leave the page: dark ink on white.
    pub fn paper() -> Palette {
        Palette::of(|role| match role {
            Role::Ink => (0x16, 0x20, 0x2c),
            Role::Soft => (0x55, 0x63, 0x6f),
            Role::Line => (0xdf, 0xe4, 0xea),
            Role::Edge => (0xc4, 0xcc, 0xd5),
            Role::Card | Role::Clear => (0xff, 0xff, 0xff),
            Role::Accent => (0x0b, 0x5c, 0xad),
            Role::Worked => (0x0f, 0x7b, 0x6c),
            Role::Blocked => (0xb3, 0x44, 0x1b),
            Role::Refused => (0xa1, 0x30, 0x6b),
            Role::Unanswered => (0x8a, 0x61, 0x00),
            Role::Orphan => (0x6b, 0x4f, 0xb3),
            Role::Noise => (0x5b, 0x70, 0x83),
            Role::Unsure => (0x68, 0x73, 0x7d),
        })
    }

    pub fn color(&self, role: Role) -> RGBColor {
        self.0[role as usize]
    }
}

/// The role that a color of `Palette::roles` names.
pub fn role_of(rgb: (u8, u8, u8)) -> Role {
    Role::ALL
        .get(usize::from(rgb.0))
        .copied()
        .filter(|_| rgb.1 == 0 && rgb.2 == 0)
        .unwrap_or(Role::Ink)
}
