"""The study of Hone by a client of `hone pipe`, with its database in the working directory.

    client.py HONE N SAMPLER SPACE
"""
import json
import subprocess
import sys


def main():
    hone, n, sampler, specs = sys.argv[1], int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
    pipe = subprocess.Popen([hone, "pipe"], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)

    def say(message):
        pipe.stdin.write(json.dumps(message) + "\n")
        pipe.stdin.flush()
        answer = json.loads(pipe.stdout.readline())
        if "error" in answer:
            sys.exit(answer["error"]["message"])
        return answer

    say({"space": [{"name": k, "spec": v} for k, v in specs.items()], "seed": 1,
         "direction": "minimize", "sampler": sampler, "storage": "sqlite:hone.db", "study": "s"})
    for _ in range(n):
        trial = say({"ask": 1})
        say({"tell": trial["id"], "value": trial["params"]["x"]})
    pipe.stdin.close()
    return pipe.wait()


sys.exit(main())
