"""The client's own MCP server, unmodified, over its standard input and output."""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("fastmcp") is None,
                                reason="the client is installed without its MCP server")
MCP = pathlib.Path(sys.executable).parent / "datafold-mcp"


class McpSession:
    """What an assistant does with datafold-mcp: JSON-RPC, one message a line."""

    def __init__(self, server):
        self.process = subprocess.Popen(
            [MCP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "DATAFOLD_HOST": server.url, "DATAFOLD_API_KEY": server.key})
        self.last_id = 0
        self.ask("initialize", protocolVersion="2025-03-26", capabilities={},
                 clientInfo={"name": "test", "version": "1"})
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method, **params):
        self.last_id += 1
        self.send({"id": self.last_id, "method": method, "params": params})
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") == self.last_id:
                assert "error" not in message, message
                return message["result"]
        raise AssertionError(f"datafold-mcp ended: {self.process.wait(10)}")

    def call(self, tool, failing=False, **arguments):
        """What a tool answers; the text of its failure with `failing`."""
        result = self.ask("tools/call", name=tool, arguments=arguments)
        text = "".join(part["text"] for part in result["content"])
        assert result.get("isError", False) == failing, text
        return text if failing else result.get("structuredContent") or json.loads(text)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture(scope="module")
def source(server, bakery):
    return server.post("/api/v1/data_sources", bakery.data_source)


@pytest.fixture(scope="module")
def mcp(server):
    session = McpSession(server)
    yield session
    session.close()


def test_all_tools_are_there(mcp):
    tools = {tool["name"] for tool in mcp.ask("tools/list")["tools"]}
    assert tools == {"run_query", "run_query_from_file", "list_data_sources", "get_table_schema",
                     "guess_primary_keys", "run_datadiff", "datadiff_status", "datadiff_summary"}


def test_data_sources_are_listed(mcp, source):
    listed = mcp.call("list_data_sources")["result"]
    assert {"id": source["id"], "name": "bakery", "type": "duckdb"}.items() <= next(
        s for s in listed if s["id"] == source["id"]).items()


def test_a_tables_schema_is_told(mcp, source):
    schema = mcp.call("get_table_schema", data_source_id=source["id"], table_path=["prod", "sales"])
    types = {column["name"]: column["type"] for column in schema["columns"]}
    assert list(types)[0] == "sale_id" and types["sale_id"] == "INTEGER"
    said = mcp.call("get_table_schema", failing=True, data_source_id=source["id"], table_path=["prod", "nowhere"])
    assert "there is no table prod.nowhere" in said


def test_primary_keys_are_guessed(mcp, source):
    def guess(table, **more):
        return mcp.call("guess_primary_keys", data_source_id=source["id"], table=["prod", table], **more)
    assert guess("sales") == {"candidates": [{"pk": ["sale_id"]}], "error": None}
    assert guess("bakery_days")["candidates"] == [{"pk": ["bakery_id", "sold_on"]}]
    assert guess("sales", avoid_names=["sale_id"])["candidates"] != [{"pk": ["sale_id"]}]


def test_queries_are_run(mcp, source, tmp_path):
    def run(query, **more):
        return mcp.call("run_query", data_source_id=source["id"], query=query, **more)
    answer = run("select 1 as one, null as none, 'x' as text")
    assert answer["rows"] == [{"one": "1", "none": None, "text": "x"}]
    assert [column["name"] for column in answer["columns"]] == ["one", "none", "text"]
    assert run("from range(10000)", return_rowcount_only=True) == {"row_count": 10000}
    file = tmp_path / "query.sql"
    file.write_text("-- how many\nselect count(*) as n from prod.sales;\n")
    told = mcp.call("run_query_from_file", data_source_id=source["id"], query_file_path=str(file))
    assert int(told["rows"][0]["n"]) > 0
    assert "more than 10000 rows" in mcp.call("run_query", failing=True, data_source_id=source["id"],
                                              query="from range(10001)")
    assert "not found" in mcp.call("run_query", failing=True, data_source_id=987654, query="select 1")


def test_a_datadiff_is_run_to_its_end(mcp, source):
    """Without a key: the client asks for a guess first."""
    summary = mcp.call("run_datadiff", data_source1_id=source["id"], data_source2_id=source["id"],
                       table1=["prod", "sales"], table2=["pr_7", "sales"])
    assert (summary["status"], summary["result"], summary["pk_columns"]) == ("done", "different", ["sale_id"])
    assert (summary["diff_stats"]["rows_removed"], summary["diff_stats"]["rows_added"]) == (57, 5)
    assert "57 rows removed, 5 added, 82 changed" in summary["feedback"]


def test_a_datadiff_is_followed(mcp, source):
    begun = mcp.call("run_datadiff", data_source1_id=source["id"], data_source2_id=source["id"],
                     table1=["prod", "nowhere"], table2=["pr_7", "sales"], pk_columns=["sale_id"],
                     wait_for_result=False)
    deadline = time.monotonic() + 30
    while (status := mcp.call("datadiff_status", diff_id=begun["diff_id"])["status"]) not in ("done", "failed"):
        assert time.monotonic() < deadline
    assert status == "failed"
    assert "prod.nowhere does not exist" in mcp.call("datadiff_summary", diff_id=begun["diff_id"])["error"]


def test_what_is_not_supported_is_refused(mcp, source):
    said = mcp.call("run_datadiff", failing=True, data_source1_id=source["id"], data_source2_id=source["id"],
                    table1=["prod", "sales"], table2=["pr_7", "sales"], pk_columns=["sale_id"],
                    materialize_dataset1=True)
    assert "422" in said and "`materialize_dataset1` is not supported" in said


def test_a_sample_says_that_it_is_one(mcp, source):
    told = mcp.call("run_datadiff", data_source1_id=source["id"], data_source2_id=source["id"],
                    table1=["prod", "sales"], table2=["pr_7", "sales"], pk_columns=["sale_id"], sampling_ratio=0.5)
    assert told["diff_stats"]["sampled"] is True
    assert "A sample was compared, by a hash of the key" in told["feedback"]
