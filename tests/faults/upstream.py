"""An upstream in a process of its own: it counts what really happened, by key, and sometimes hangs
up before or after it did it.

    python -m tests.faults.upstream PORT
"""

import asyncio
import random
import sys
from collections import Counter

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

done: Counter[str] = Counter()
chance = random.Random(11)


async def perform(request: Request) -> Response:
    """Do it; half of the calls whose caller dies are abandoned before anything happened."""
    key = request.path_params["key"]
    is_idempotent = request.query_params["delivery"] == "idempotent"
    is_patient = chance.random() < 0.5
    await asyncio.sleep(chance.random() * 0.01)
    if not is_patient and await request.is_disconnected():
        return Response(status_code=499)
    if not (is_idempotent and done[key]):
        done[key] += 1
    await asyncio.sleep(chance.random() * 0.01)
    if chance.random() < 0.05:
        return Response(status_code=504)  # it happened, and the answer is lost
    return JSONResponse({"id": key})


async def look_up(request: Request) -> Response:
    key = request.path_params["key"]
    return JSONResponse({"id": key}) if done[key] else Response(status_code=404)


async def counts(_: Request) -> Response:
    return JSONResponse(dict(done))


APP = Starlette(
    routes=[
        Route("/effects/{key:path}", perform, methods=["POST"]),
        Route("/effects/{key:path}", look_up),
        Route("/counts", counts),
    ]
)

if __name__ == "__main__":
    uvicorn.run(APP, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")
