// Colours of the map, by palette. A dark target stands out in each.

import type { Palette } from "../store";

export interface Colours {
  sea: string;
  land: string;
  coast: string;
  /** Depth areas from shallow to deep. */
  depths: readonly [string, string, string];
  grid: string;
  text: string;
  /** Names of ordinary targets. */
  name: string;
  /** Outline of letters. */
  halo: string;
  zone: string;
  zoneFill: string;
  /** Names of places. */
  place: string;
  port: string;
  air: string;
  coverage: string;
  silent: string;
  /** Targets, with symbols and colours after IEC 62288. */
  ais: string;
  radar: string;
  aircraft: string;
  fixed: string;
  lost: string;
  dark: string;
  darkEdge: string;
  distress: string;
  alert: string;
  selected: string;
  trail: string;
  mark: string;
}

export const COLOURS: Record<Palette, Colours> = {
  day: {
    sea: "#dcebf2",
    land: "#efe6cf",
    coast: "#8a7c5a",
    depths: ["#c9e0eb", "#bad5e4", "#abcadd"],
    grid: "#b8ccd6",
    place: "#6f6344",
    text: "#1d2b33",
    name: "#33454f",
    halo: "#ffffff",
    zone: "#6b57a8",
    zoneFill: "rgba(107, 87, 168, 0.05)",
    port: "#7d8a3a",
    air: "#9c8ac4",
    coverage: "#2b7a5a",
    silent: "#b3261e",
    ais: "#0b6b3a",
    radar: "#14508c",
    aircraft: "#6a3fb0",
    fixed: "#6b6f72",
    lost: "#7a7f83",
    dark: "#e6005c",
    darkEdge: "#4a0020",
    distress: "#d10000",
    alert: "#d10000",
    selected: "#111111",
    trail: "#52707e",
    mark: "#8a4b00",
  },
  dusk: {
    sea: "#22323c",
    land: "#3a3a31",
    coast: "#8b8462",
    depths: ["#1f2f3a", "#1c2b36", "#192731"],
    grid: "#35474f",
    place: "#a59d78",
    text: "#d5dfe3",
    name: "#a7b6bd",
    halo: "#16212a",
    zone: "#9d8bd6",
    zoneFill: "rgba(157, 139, 214, 0.05)",
    port: "#a3ad63",
    air: "#7a6cab",
    coverage: "#4fae86",
    silent: "#ef6a5f",
    ais: "#6fd39b",
    radar: "#7db8f0",
    aircraft: "#c0a1f5",
    fixed: "#9aa3a8",
    lost: "#8b949a",
    dark: "#ff3d8b",
    darkEdge: "#ffd3e4",
    distress: "#ff5a4f",
    alert: "#ff5a4f",
    selected: "#ffffff",
    trail: "#86a0ad",
    mark: "#f0b060",
  },
  night: {
    sea: "#04080b",
    land: "#0c100e",
    coast: "#3a4238",
    depths: ["#050a0e", "#060b10", "#070d13"],
    grid: "#10191e",
    place: "#565f50",
    text: "#8c9a9f",
    name: "#66747a",
    halo: "#020405",
    zone: "#4a3f75",
    zoneFill: "rgba(74, 63, 117, 0.06)",
    port: "#4d5230",
    air: "#37305a",
    coverage: "#1f5c45",
    silent: "#8c322b",
    ais: "#3c8a60",
    radar: "#3f72a3",
    aircraft: "#7b62ab",
    fixed: "#4d5457",
    lost: "#4a5156",
    dark: "#ff2f7f",
    darkEdge: "#7a0f3c",
    distress: "#ff6a5e",
    alert: "#ff6a5e",
    selected: "#8c9a9f",
    trail: "#3f525b",
    mark: "#a06f2c",
  },
};
