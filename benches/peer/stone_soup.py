"""Stone Soup's global nearest neighbour on the plots of `cargo bench --bench tracking -- --dump FOLDER`."""

import csv
import math
import pathlib
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import numpy as np
from scipy.optimize import linear_sum_assignment
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.deleter.time import UpdateTimeDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import KalmanUpdater

CUT_OFF_M = 500.0
KEPT_WITHIN_M = 100.0
SCAN_S = 3
EVERY_S = 10
WARM_UP_S = 600
SIGMA_M = 60.0

folder = pathlib.Path(sys.argv[1])
plots = [(int(t), float(lon), float(lat)) for t, _, lon, lat in csv.reader((folder / "plots.csv").open())]
truth = defaultdict(list)
for t, key, lon, lat in csv.reader((folder / "truth.csv").open()):
    truth[int(t) // 1000].append((key, float(lon), float(lat)))
lon0, lat0 = plots[0][1], plots[0][2]
per_lat = 111_132.95 - 559.85 * math.cos(2 * math.radians(lat0))
per_lon = 111_412.84 * math.cos(math.radians(lat0)) - 93.5 * math.cos(3 * math.radians(lat0))


def metres(lon, lat):
    return (lon - lon0) * per_lon, (lat - lat0) * per_lat


model = LinearGaussian(ndim_state=4, mapping=(0, 2), noise_covar=np.diag([SIGMA_M**2] * 2))
motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(0.02), ConstantVelocity(0.02)])
predictor, updater = KalmanPredictor(motion), KalmanUpdater(model)
associator = GNNWith2DAssignment(DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=3.5))
deleter = UpdateTimeDeleter(timedelta(seconds=30))
prior = GaussianState([[0], [0], [0], [0]], np.diag([SIGMA_M**2, 8.0**2, SIGMA_M**2, 8.0**2]))
initiator = MultiMeasurementInitiator(
    prior_state=prior, measurement_model=model, deleter=UpdateTimeDeleter(timedelta(seconds=12)),
    data_associator=associator, updater=updater, min_points=5,
)

start = plots[0][0] // 1000
scans = defaultdict(list)
for t, lon, lat in plots:
    scans[(t // 1000 - start) // SCAN_S].append(metres(lon, lat))
sums = defaultdict(float)
tracks, was, began = set(), {}, time.time()
due = start + WARM_UP_S
for scan in range(max(scans) + 1):
    second = start + scan * SCAN_S
    now = datetime.fromtimestamp(second, timezone.utc).replace(tzinfo=None)
    found = {Detection(np.array([[e], [n]]), timestamp=now, measurement_model=model) for e, n in scans[scan]}
    used = set()
    for track, hypothesis in associator.associate(tracks, found, now).items():
        if hypothesis:
            track.append(updater.update(hypothesis))
            used.add(hypothesis.measurement)
        else:
            track.append(hypothesis.prediction)
    tracks -= deleter.delete_tracks(tracks)
    tracks |= initiator.initiate(found - used, now)
    look = next((s for s in (second, second - 1, second - 2) if s in truth), None)
    if look is None:
        continue
    true = [(key, *metres(lon, lat)) for key, lon, lat in truth[look]]
    said = [(track.id, float(track.state_vector[0, 0]), float(track.state_vector[2, 0])) for track in tracks]
    off = np.array([[math.hypot(a[1] - b[1], a[2] - b[2]) for b in said] for a in true]).reshape(len(true), len(said))
    rows, columns = linear_sum_assignment(np.minimum(off, CUT_OFF_M) ** 2)
    pairs = [(i, j) for i, j in zip(rows, columns) if off[i, j] < CUT_OFF_M]
    square = sum(off[i, j] ** 2 for i, j in pairs)
    missed, false = len(true) - len(pairs), len(said) - len(pairs)
    nearest = [int(np.argmin(off[:, j])) for j in range(len(said))]
    close = [i for j, i in enumerate(nearest) if off[i, j] <= CUT_OFF_M]
    for name, value in {
        "looks": 1, "gospa": math.sqrt(square + CUT_OFF_M**2 / 2 * (missed + false)),
        "off": math.sqrt(square / max(len(pairs), 1)), "missed": missed, "false": false, "truths": len(true),
        "tracks": len(said), "covered": len(set(close)), "assigned": len(close), "spurious": len(said) - len(close),
    }.items():
        sums[name] += value
    # A vessel keeps the track that it had, while that is near: CLEAR MOT, Bernardin and Stiefelhagen (2008).
    kept = off.copy()
    for i, (key, *_) in enumerate(true):
        j = next((j for j, (track, *_) in enumerate(said) if track == was.get(key)), None)
        if j is not None and kept[i, j] <= KEPT_WITHIN_M:
            kept[i, :], kept[:, j] = CUT_OFF_M, CUT_OFF_M
            kept[i, j] = 0
    rows, columns = linear_sum_assignment(np.minimum(kept, CUT_OFF_M) ** 2)
    for i, j in ((i, j) for i, j in zip(rows, columns) if kept[i, j] < CUT_OFF_M):
        sums["switches"] += was.get(true[i][0], said[j][0]) != said[j][0]
        was[true[i][0]] = said[j][0]

n, hours = sums["looks"], sums["truths"] * EVERY_S / 3600
print("                     GOSPA m  rms off m   missed    false  completeness  ambiguity  spuriousness  switches/h")
print(
    f"{'Stone Soup GNN':<20} {sums['gospa'] / n:7.0f} {sums['off'] / n:9.0f} {sums['missed'] / n:8.1f}"
    f" {sums['false'] / n:8.1f} {sums['covered'] / sums['truths']:13.3f}"
    f" {sums['assigned'] / max(sums['covered'], 1):10.3f} {sums['spurious'] / max(sums['tracks'], 1):13.3f}"
    f" {sums['switches'] / hours:12.2f}"
)
print(f"{len(plots)} plots in {time.time() - began:.0f} s")
