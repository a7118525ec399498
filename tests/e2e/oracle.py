"""What is true about two tables, by SQL run directly on them: the judge of every figure in a report."""
import dataclasses
from typing import Callable


@dataclasses.dataclass
class Oracle:
    rows: Callable  # SQL -> list of tuples

    def one(self, sql):
        return self.rows(sql)[0][0]

    def columns(self, schema, table):
        return dict(self.rows("select column_name, data_type from information_schema.columns where table_schema = "
                              f"'{schema}' and table_name = '{table}' order by ordinal_position"))

    def summary(self, prod, pr, keys):
        """The figures of a diff as summary_results has them. `prod` and `pr` are [database, schema, table]; keys
        must be unique and not null, which makes every figure a plain join."""
        columns = [self.columns(*path[1:]) for path in (prod, pr)]
        shared = [c for c in columns[0] if c in columns[1] and c not in keys]
        a, b = (".".join(f'"{part}"' for part in path[1:]) for path in (prod, pr))
        on = " and ".join(f'a."{k}" = b."{k}"' for k in keys)
        joined = f"from {a} a join {b} b on {on}"
        matched = self.one(f"select count(*) {joined}")
        different = {c: self.one(f'select count(*) {joined} where a."{c}" is distinct from b."{c}"') for c in shared}
        changed = " or ".join(f'a."{c}" is distinct from b."{c}"' for c in shared) or "false"
        total = [self.one(f"select count(*) from {table}") for table in (a, b)]
        return {
            "pks": {"total_rows": total, "nulls": [0, 0], "dupes": [0, 0], "distincts": total,
                    "exclusives": [total[0] - matched, total[1] - matched]},
            "values": {"total_rows": matched,
                       "rows_with_differences": self.one(f"select count(*) {joined} where {changed}"),
                       "total_values": matched * len(shared), "values_with_differences": sum(different.values()),
                       "compared_columns": len(shared),
                       "columns_with_differences": sum(count > 0 for count in different.values()),
                       "columns": {c: (count, 100.0 * (1 - count / matched) if matched else 100.0)
                                   for c, count in different.items()}},
            "schema": {"column_counts": [len(side) for side in columns],
                       "exclusive_columns": [sorted(set(columns[0]) - set(columns[1])),
                                             sorted(set(columns[1]) - set(columns[0]))],
                       "column_type_differs": sorted(c for c in columns[0] if c in columns[1]
                                                     and columns[0][c] != columns[1][c])},
        }


def check(summary, expected):
    """Holds a reported summary against the oracle's, figure by figure."""
    assert summary["pks"] == expected["pks"]
    values = dict(expected["values"])
    columns = values.pop("columns")
    assert {k: summary["values"][k] for k in values} == values
    reported = {c["column_name"]: c for c in summary["values"]["columns_diff_stats"]}
    assert {c: reported[c]["values_different"] for c in reported} == {c: count for c, (count, _) in columns.items()}
    for column, (_, match) in columns.items():
        assert abs(reported[column]["match"] - match) < 0.01, column
    schema = summary["schema"]
    assert schema["column_counts"] == expected["schema"]["column_counts"]
    assert [sorted(side) for side in schema["exclusive_columns"]] == expected["schema"]["exclusive_columns"]
    assert sorted(schema["column_type_differs"]) == expected["schema"]["column_type_differs"]
    assert schema["column_type_mismatches"] == len(expected["schema"]["column_type_differs"])


def of_duckdb(path):
    import duckdb

    def rows(sql):
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.sql(sql).fetchall()
    return Oracle(rows)


def of_postgres(cluster):
    def rows(sql):
        connection = cluster.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()
        finally:
            connection.close()
    return Oracle(rows)
