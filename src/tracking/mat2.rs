//! Matrices of two rows and two columns: all that a position and a velocity need.

use serde::{Deserialize, Serialize};

/// A matrix, row by row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mat2(pub [[f64; 2]; 2]);

impl Mat2 {
    /// Returns the covariance that is the same in every direction.
    pub fn round(variance: f64) -> Mat2 {
        Mat2([[variance, 0.0], [0.0, variance]])
    }

    /// Returns the covariance, east and north, of variances along an axis and across it; the axis in degrees true.
    pub fn turned(along: f64, across: f64, axis_deg: f64) -> Mat2 {
        let (sin, cos) = libm::sincos(axis_deg.to_radians());
        let mixed = (along - across) * sin * cos;
        Mat2([
            [along * sin * sin + across * cos * cos, mixed],
            [mixed, along * cos * cos + across * sin * sin],
        ])
    }

    /// Returns the sum.
    pub fn plus(self, other: Mat2) -> Mat2 {
        self.with(other, |a, b| a + b)
    }

    /// Returns the difference.
    pub fn minus(self, other: Mat2) -> Mat2 {
        self.with(other, |a, b| a - b)
    }

    /// Returns every entry times a number.
    pub fn times(self, k: f64) -> Mat2 {
        self.with(self, |a, _| a * k)
    }

    /// Returns the product, this matrix on the left.
    pub fn of(self, other: Mat2) -> Mat2 {
        let (a, b) = (self.0, other.0);
        let cell = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
        Mat2([[cell(0, 0), cell(0, 1)], [cell(1, 0), cell(1, 1)]])
    }

    /// Returns the product with a vector.
    pub fn on(self, v: [f64; 2]) -> [f64; 2] {
        let a = self.0;
        [a[0][0] * v[0] + a[0][1] * v[1], a[1][0] * v[0] + a[1][1] * v[1]]
    }

    /// Returns the transposed matrix.
    pub fn transposed(self) -> Mat2 {
        let a = self.0;
        Mat2([[a[0][0], a[1][0]], [a[0][1], a[1][1]]])
    }

    /// Returns the determinant.
    pub fn determinant(self) -> f64 {
        let a = self.0;
        a[0][0] * a[1][1] - a[0][1] * a[1][0]
    }

    /// Returns the inverse of a covariance, which is positive definite.
    pub fn inverse(self) -> Mat2 {
        let (a, d) = (self.0, self.determinant().max(1e-12));
        Mat2([[a[1][1] / d, -a[0][1] / d], [-a[1][0] / d, a[0][0] / d]])
    }

    /// Returns the symmetric part: rounding does not grow into asymmetry.
    pub fn symmetric(self) -> Mat2 {
        self.plus(self.transposed()).times(0.5)
    }

    /// Returns the squared Mahalanobis distance of a vector.
    pub fn distance2(self, v: [f64; 2]) -> f64 {
        let w = self.inverse().on(v);
        v[0] * w[0] + v[1] * w[1]
    }

    /// Returns a vector in standard deviations of this covariance: its components are independent, each of variance one.
    pub fn whitened(self, v: [f64; 2]) -> [f64; 2] {
        let [[a, b], [_, c]] = self.0;
        let first = a.max(1e-12).sqrt();
        let mixed = b / first;
        let second = (c - mixed * mixed).max(1e-12).sqrt();
        let w = v[0] / first;
        [w, (v[1] - mixed * w) / second]
    }

    /// Returns the standard deviation as one figure: that of the circle of the same area.
    pub fn radius(self) -> f64 {
        self.determinant().max(0.0).sqrt().sqrt()
    }

    fn with(self, other: Mat2, f: impl Fn(f64, f64) -> f64) -> Mat2 {
        let (a, b) = (self.0, other.0);
        Mat2([[f(a[0][0], b[0][0]), f(a[0][1], b[0][1])], [f(a[1][0], b[1][0]), f(a[1][1], b[1][1])]])
    }
}
