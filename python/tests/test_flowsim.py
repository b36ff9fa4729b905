"""The package against the built command. Run from the folder python: python3 -m unittest discover -s tests"""

import runpy
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

PYTHON = Path(__file__).resolve().parents[1]
ROOT = PYTHON.parent
sys.path.insert(0, str(PYTHON))

import flowsim  # noqa: E402
from flowsim import _tables  # noqa: E402
from flowsim._command import option_words  # noqa: E402

TRACE = ROOT / "examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz"
SERVING = {
    "seed": 3,
    "workload": {
        "type": "synthetic",
        "requests": 40,
        "arrival": {"process": "poisson", "ratePerS": 40},
        "inputTokens": 100,
        "outputTokens": 8,
    },
    "stepTime": {"type": "linear", "perStepUs": 1000, "perPrefillTokenUs": 10, "perDecodeUs": 200},
    "kv": {"blocks": 400},
}
HAS_PANDAS = _tables._has("pandas")
HAS_POLARS = _tables._has("polars")


class Results(unittest.TestCase):
    def test_parse_gives_the_summary_and_a_row_for_each_kernel(self):
        parsed = flowsim.parse(TRACE, frames="rows", stacks="none")
        kernels = [row for row in parsed.kernels if row["kind"] not in ("memcpy", "memset")]
        self.assertEqual(len(kernels), parsed.summary["kernels"]["count"])
        self.assertEqual(sum(row["duration_ns"] for row in kernels), parsed.summary["kernels"]["sumNs"])
        self.assertIsInstance(kernels[0]["name"], str)

    def test_a_folder_of_ones_own_is_kept_and_any_other_goes_with_the_result(self):
        parsed = flowsim.parse(TRACE, frames="rows")
        folder = parsed.folder
        self.assertTrue(any(folder.iterdir()))
        del parsed
        self.assertFalse(folder.exists())
        with tempfile.TemporaryDirectory() as own:
            ran = flowsim.run(TRACE, hardware="b200_sxm", output=own, frames="rows")
            self.assertTrue(ran.report.exists())
            self.assertEqual(ran.summary["hardware"], "b200_sxm")
            predicted = ran.summary["predicted"]["kernelSumNs"]
            rows = [row for row in ran.kernels if row["op"] not in ("memcpy", "memset")]
            self.assertAlmostEqual(sum(row["predicted_us"] or 0 for row in rows) * 1000, predicted, delta=predicted * 1e-4)
            self.assertEqual(len(rows), ran.trace["kernels"]["count"])

    def test_simulate_estimate_analyze_and_replay_give_the_words_of_json(self):
        simulated = flowsim.simulate(TRACE, hardware="b200_sxm", frames="rows")
        self.assertEqual(simulated.summary["schema"], "flowsim.simulation-summary/1")
        made = flowsim.estimate("matmul", hardware="h100_sxm", m=8, n=4096, k=4096, dtype="bf16", model="roofline")
        self.assertEqual((made["model"], made["flops"]), ("roofline", 2 * 8 * 4096 * 4096))
        self.assertTrue(flowsim.analyze(TRACE)["schema"].startswith("flowsim.analysis/"))
        self.assertTrue(flowsim.replay(TRACE)["schema"].startswith("flowsim.replay/"))

    def test_query_gives_rows_by_column(self):
        rows = flowsim.query(TRACE, "SELECT op, count(*) AS calls FROM kernels GROUP BY op", frames="rows")
        self.assertIn({"op": "matmul", "calls": 142}, rows)

    def test_a_deployment_is_a_dictionary_or_a_file(self):
        served = flowsim.serving_run(SERVING, frames="rows")
        self.assertEqual(len(served.requests), served.metrics["requests"]["completed"])
        ends = [row["finished_ns"] for row in served.requests]
        self.assertTrue(all(isinstance(end, (int, float)) for end in ends))
        points = flowsim.serving_sweep(SERVING, grid={"scheduler.maxNumSeqs": [4, 16]}, frames="rows")
        self.assertEqual(len(points), 2)

    def test_catalogues(self):
        self.assertIn("h100_sxm", [device["name"] for device in flowsim.hardware()])
        self.assertEqual(flowsim.hardware("h100_sxm")["name"], "h100_sxm")
        self.assertRegex(flowsim.version(), r"^\d+\.\d+\.\d+")


class Errors(unittest.TestCase):
    def test_a_failure_is_an_exception_with_the_one_line(self):
        with self.assertRaises(flowsim.FlowSimError) as caught:
            flowsim.analyze("not-there.json")
        self.assertEqual(caught.exception.exit_code, 1)
        self.assertRegex(str(caught.exception), r"^not-there\.json: ")
        self.assertNotIn("\n", str(caught.exception))

    def test_wrong_usage_is_told_from_failure(self):
        with self.assertRaises(flowsim.FlowSimUsageError) as caught:
            flowsim.analyze(TRACE, no_such_option=True)
        self.assertIn("--no-such-option", str(caught.exception))

    def test_a_condition_that_holds_fails_with_what_was_found(self):
        with self.assertRaises(flowsim.FlowSimError) as caught:
            flowsim.diff(TRACE, TRACE, fail_if="kernels>=0")
        self.assertEqual(caught.exception.exit_code, 1)
        self.assertEqual(caught.exception.result["schema"], "flowsim.diff/1")

    def test_a_command_that_is_missing_is_told(self):
        with mock.patch.dict("os.environ", {"FLOWSIM": "", "PATH": ""}):
            with self.assertRaisesRegex(flowsim.FlowSimError, "not on the PATH"):
                flowsim.version()


class Words(unittest.TestCase):
    def test_options_are_words_of_the_command(self):
        words = option_words({"top": 3, "raw": True, "json": False, "model": None, "grid": ["a=1", "b=2"], "fail_if": "x"})
        self.assertEqual(words, ["--top", "3", "--raw", "--grid", "a=1", "--grid", "b=2", "--fail-if", "x"])


class Tables(unittest.TestCase):
    def test_rows_have_numbers_where_all_of_a_column_are(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.csv"
            path.write_text('name,n,x\n"a,b",1,\n7,2,0.5\n', encoding="utf-8")
            self.assertEqual(
                _tables.read_table(path, "rows"),
                [{"name": "a,b", "n": 1, "x": None}, {"name": "7", "n": 2, "x": 0.5}],
            )

    def test_an_unknown_kind_is_refused(self):
        with self.assertRaisesRegex(ValueError, "arrays"):
            _tables.kind_of_tables("arrays")

    @unittest.skipUnless(HAS_PANDAS, "needs pandas")
    def test_pandas(self):
        kernels = flowsim.parse(TRACE, frames="pandas").kernels
        self.assertEqual(int(kernels[~kernels.kind.isin(["memcpy", "memset"])].duration_ns.sum()), 12830692)

    @unittest.skipUnless(HAS_POLARS, "needs polars")
    def test_polars(self):
        kernels = flowsim.parse(TRACE, frames="polars").kernels
        self.assertEqual(kernels.filter(~kernels["kind"].is_in(["memcpy", "memset"]))["duration_ns"].sum(), 12830692)


class Example(unittest.TestCase):
    def test_the_notebook_runs(self):
        with mock.patch("builtins.print") as printed:
            runpy.run_path(str(PYTHON / "examples/where_time_goes.py"))
        self.assertIn("matmul", " ".join(str(call) for call in printed.call_args_list))


if __name__ == "__main__":
    unittest.main()
