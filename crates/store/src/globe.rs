//! Distances on the globe, alike in every engine.

/// The earth's radius as MongoDB has it, in metres.
pub const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// The great-circle distance between two places given in degrees, in metres.
pub fn distance_m(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (from_longitude, from_latitude) = (from.0.to_radians(), from.1.to_radians());
    let (to_longitude, to_latitude) = (to.0.to_radians(), to.1.to_radians());
    let latitude_part = ((to_latitude - from_latitude) / 2.0).sin().powi(2);
    let longitude_part = ((to_longitude - from_longitude) / 2.0).sin().powi(2);
    let half_chord_squared = latitude_part + from_latitude.cos() * to_latitude.cos() * longitude_part;
    2.0 * EARTH_RADIUS_M * half_chord_squared.clamp(0.0, 1.0).sqrt().asin()
}

/// Whether this is a place: finite degrees within bounds, longitude first.
pub fn is_place(longitude: f64, latitude: f64) -> bool {
    (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        let berlin = (13.405, 52.52);
        for (to, kilometres) in [
            (berlin, 0.0),
            ((2.3522, 48.8566), 879.0),
            ((139.6917, 35.6895), 8_928.0),
            ((13.405, -37.48), 10_018.0),
            ((-166.595, -52.52), 20_037.0),
        ] {
            let distance = distance_m(berlin, to) / 1_000.0;
            assert!((distance - kilometres).abs() < 5.0, "{to:?}: {distance}");
        }
    }
}
