"""Proves the client programs against gurux_server.py: all cases pass, and each of them can fail.

    self_test.py

First both clients run against a server that is right: every case must pass. Then the server serves
one wrong thing after the other (--wrong), and the cases named here must fail, no case may hang. At
the end every case of both clients must have failed where it was demanded. Status 0 when so.
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = {"gurux": "gurux_client.py", "dlms-cosem": "dlms_cosem_client.py"}
# Wrong thing: cases of the gurux client, cases of the dlms-cosem client.
EXPECTED = {
    "clock": ("clock-set", "clock-set"),
    "columns": ("profile-by-entry-columns", ""),
    "conformance": ("lls-association", "public-association"),
    "energy": ("lls-association get-with-list release", "lls-association release"),
    "entry": ("profile-by-entry", ""),
    "method": ("clock-method", "clock-action"),
    "name": ("public-logical-device-name second-logical-device",
             "logical-device-name second-logical-device"),
    "objects": ("association-view", "association-view"),
    "partners": ("current-association", ""),
    "password": ("wrong-password", "wrong-password"),
    "pdu": ("blocks", "blocks"),
    "period": ("profile-columns", ""),
    "range": ("profile-by-range profile-by-range-columns", "profile-by-range"),
    "release": ("release", "release"),
    "rights": ("write-denied public-rights association-view",
               "write-denied public-rights action-denied association-view"),
    "sap": ("sap-assignment", ""),
    "steady": ("profile-by-range", "profile-by-range"),
    "step": ("profile-by-range", "profile-by-range"),
    "undefined": ("get-with-list-one-undefined object-undefined", "get-with-list object-undefined"),
    "unit": ("register-with-unit get-with-list", "register-with-unit get-with-list"),
    "whole": ("whole-profile", ""),
    "year": ("clock-read", "clock-read"),
}


def run(wrong):
    """The results of both clients: for each its cases with result and reason."""
    command = [sys.executable, os.path.join(HERE, "gurux_server.py"), "--port", "0", "--correct"]
    command += ["--wrong", wrong] if wrong else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().split()[1]
            return {name: client(file, port) for name, file in CLIENTS.items()}
        finally:
            server.terminate()


def client(file, port):
    command = [sys.executable, os.path.join(HERE, file), "--port", port, "--timeout", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    results = {line["case"]: (line["result"], line["why"]) for line in lines}
    failed = any(result == "fail" for result, _ in results.values())
    if done.returncode != int(failed) or not results:
        sys.exit(f"{file} ended with status {done.returncode}\n{done.stderr}")
    return results


def main():
    complaints = []
    right = run(None)
    never = {(name, case) for name, cases in right.items() for case in cases}
    for name, cases in right.items():
        for case, (result, why) in cases.items():
            if result != "pass":
                complaints.append(f"{name} {case}: {result} against a right server: {why}")
    for wrong, expected in EXPECTED.items():
        for (name, cases), demanded in zip(run(wrong).items(), expected):
            failed = {case for case, (result, _) in cases.items() if result == "fail"}
            demanded = set(demanded.split())
            # Without an RLRE every case fails: only the demanded failure proves something.
            never -= {(name, case) for case in failed & demanded}
            for case in demanded - failed:
                complaints.append(f"{name} {case} passes although the server is wrong in: {wrong}")
            for case in failed:
                if "no end within" in cases[case][1]:
                    complaints.append(f"{name} {case} hangs when the server is wrong in: {wrong}")
    complaints += [f"{name} {case} never failed" for name, case in sorted(never)]
    print("\n".join(complaints) or f"{sum(map(len, right.values()))} cases pass, each can fail")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
