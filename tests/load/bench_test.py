#!/usr/bin/env python3
"""The benchmark around a driver and a stack that are made up: what it adds up."""
import contextlib
import http.server
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest

spec = importlib.util.spec_from_file_location("bench", os.path.join("tests", "load", "bench.py"))
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)

# Writes the result of ten certificates; each run may be told apart by its options.
DRIVER = """#!%s
import json, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
rate = float(options.get("--rate", 0))
clients = int(options.get("--clients", 512))
step = {"count": 10, "p50_ms": 2.5, "p90_ms": 3, "p99_ms": 4, "max_ms": 5}
with open(options["--json"], "w") as file:
    json.dump({"clients": clients, "certificates": 10, "certificates_total": 10,
               "certificates_per_second": min(rate or clients, 8), "refused": 1, "retried": 0,
               "errors_total": 0, "error_samples": [], "requests_total": 90,
               "driver_cpu_ms_per_certificate": 0.5,
               "steps": {"new_order": step, "finalize_to_valid": step, "whole": step}}, file)
""" % sys.executable


class Metrics(http.server.BaseHTTPRequestHandler):
    """Each scrape finds 30 RPCs, 20 statements, 10 commits, 5 syncs and 0.3 s of races for
    SCTs more. As a log double, notes what it is told."""

    scrapes = 0
    told = []

    def log_message(self, *_):
        pass

    def do_POST(self):
        Metrics.told.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        n = Metrics.scrapes = Metrics.scrapes + 1
        body = ("# TYPE cairn_rpc_server_seconds histogram\n"
                'cairn_rpc_server_seconds_count{method="OrderReader/GetOrder",code="OK"} %d\n'
                'cairn_rpc_server_seconds_count{method="Publisher/GetScts",code="OK"} %d\n'
                'cairn_rpc_server_seconds_count{method="grpc.health.v1.Health/Check"} %d\n'
                'cairn_rpc_server_seconds_sum{method="OrderReader/GetOrder",code="OK"} %.2f\n'
                'cairn_rpc_server_seconds_sum{method="Publisher/GetScts"} %.1f\n'
                'cairn_sa_sql_seconds_count{statement="get_order"} %d\n'
                "cairn_sa_commits_total %d\ncairn_ca_journal_syncs %d\n"
                % (20 * n, 10 * n, 1000 * n, 0.03 * n, 0.3 * n, 20 * n, 10 * n, 5 * n)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Bench(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Metrics)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.child = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)
        self.write("pids.json", {"sa": {"pid": self.child.pid}, "dns": {"pid": self.child.pid},
                                 "gone": {"pid": 2 ** 22 + 1}})
        self.write("ports.json", {"acme": 1, "acme_http": 2, "sa.grpc": 3,
                                  "sa.metrics": self.server.server_port})
        driver = os.path.join(self.folder.name, "driver")
        with open(driver, "w") as file:
            file.write(DRIVER)
        os.chmod(driver, 0o755)
        self.driver = driver

    def with_logs(self):
        self.write("ports.json", {"acme": 1, "acme_http": 2, "sa.metrics": self.server.server_port,
                                  "ct_log": self.server.server_port})
        os.mkdir(os.path.join(self.folder.name, "ct"))
        self.write("ct/log_list.json", {"operators": [
            {"logs": [{"description": "oak"}], "tiled_logs": []},
            {"logs": [], "tiled_logs": [{"description": "fir"}]}]})
        Metrics.told = []

    def write(self, name, value):
        with open(os.path.join(self.folder.name, name), "w") as file:
            json.dump(value, file)

    def run_bench(self, *options):
        path = os.path.join(self.folder.name, "report.json")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = bench.main(["--state", self.folder.name, "--driver", self.driver, "--json", path,
                               *options])
        self.assertEqual(code, 0)
        with open(path) as file:
            return json.load(file), output.getvalue()

    def test_all_runs(self):
        report, output = self.run_bench("--clients", "2,4,8,16")
        self.assertEqual([r["driver"]["clients"] for r in report["sweep"]], [2, 4, 8, 16])
        self.assertEqual(report["best"]["driver"]["certificates_per_second"], 8)
        found = report["figures"]
        self.assertEqual(found["rpcs"], 3)
        self.assertEqual(found["statements"], 2)
        self.assertEqual(found["commits"], 1)
        self.assertEqual(found["syncs"], 0.5)
        self.assertEqual(found["new_order_p50"], 2.5)
        self.assertEqual(found["overload_share"], 1)
        self.assertGreater(found["memory_mb"], 0)
        # The local DNS is listed, and not in the sum.
        self.assertAlmostEqual(found["memory_mb"], report["rest_mb"]["sa"], places=3)
        self.assertIn("dns*", output)
        self.assertRegex(output, r"OrderReader/GetOrder +2.00 +1.50 +2.00 +1.50")
        self.assertRegex(output, r"Publisher/GetScts +1.00 +30.00 ")
        self.assertNotIn("gone", report["rest_mb"])
        self.assertRegex(output, r"certificates a second at saturation +8.00 +at least 120 +MISSED")
        self.assertRegex(output, r"newOrder, p50 ms, 10 a second +2.50 +at most 3 +met")

    def test_some_runs(self):
        report, _ = self.run_bench("--only", "latency")
        self.assertNotIn("sweep", report)
        self.assertIn("finalize_p50", report["figures"])

    def test_logs_are_slowed_then_one_is_killed_and_all_are_well_again(self):
        self.with_logs()
        report, output = self.run_bench("--only", "ct", "--ct-delay-ms", "70", "--ct-seconds", "1")
        self.assertEqual(Metrics.told, ["/admin/oak/slow/70", "/admin/fir/slow/70",
                                        "/admin/oak/dead", "/admin/oak/good", "/admin/fir/good"])
        self.assertEqual([report[run]["title"] for run in bench.CT_RUNS],
                         ["logs answer at once", "logs answer after 70 ms",
                          "the same, 1 of 2 logs dead"])
        self.assertEqual(report["figures"]["ct_dead_ratio"], 1)
        # The race has 30 ms of each of the ten certificates.
        self.assertRegex(output, r"logs answer at once +10 +2.5 +4.0 +5.0 +30.0")
        self.assertRegex(output, r"p99 with dead logs to p99 with none +1.00 +at most 1.5 +met")

    def test_more_logs_may_be_dead(self):
        self.with_logs()
        self.run_bench("--only", "latency,ct", "--ct-dead", "2", "--ct-seconds", "1")
        self.assertIn("/admin/fir/dead", Metrics.told)

    def test_a_stack_without_logs_is_said_so(self):
        with self.assertRaisesRegex(SystemExit, "no CT logs"):
            self.run_bench("--only", "ct")

    def test_logs_are_left_alone_unless_asked_for(self):
        self.with_logs()
        report, _ = self.run_bench("--clients", "2,4,8")
        self.assertEqual(Metrics.told, [])
        self.assertNotIn("ct_dead", report)

    def test_a_stack_without_plain_http_is_said_so(self):
        self.write("ports.json", {"acme": 1})
        with self.assertRaisesRegex(SystemExit, "no plain HTTP port"):
            self.run_bench()

    def test_a_stack_that_does_not_run_is_said_so(self):
        self.write("pids.json", {})
        with self.assertRaisesRegex(SystemExit, "./dev up first"):
            self.run_bench()


class Parts(unittest.TestCase):
    def test_metrics_text(self):
        self.assertEqual(
            bench.parse_metrics('# HELP a b\na 1\nb_total{x="y z",q="\\""} 2.5\nnot a sample\n'),
            [("a", {}, 1.0), ("b_total", {"x": "y z", "q": '\\"'}, 2.5)])

    def test_cpu_time_of_this_process_grows(self):
        before = bench.cpu_seconds(os.getpid())
        while bench.cpu_seconds(os.getpid()) < before + 0.05:
            sum(range(10000))
        self.assertLess(bench.cpu_seconds(os.getpid()), before + 5)

    def test_ports_may_be_addresses(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "ports.json"), "w") as file:
                json.dump({"wfe": {"metrics": "127.0.0.1:7", "acme_http": "127.0.0.1:8"}}, file)
            self.assertEqual(bench.ports(folder), ({"wfe": "127.0.0.1:7"}, 8))


if __name__ == "__main__":
    unittest.main()
