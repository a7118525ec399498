"""Settings as a file: checked without a server, applied to one, and exported from it."""
import os
import subprocess

FILE = """\
data_sources:
  - name: warehouse
    type: pg
    options: {host: db.example.com, user: vernier, password: "env:WAREHOUSE_PASSWORD", dbname: shop}
ci_configs:
  - name: shop
    data_source: warehouse
    slim_diff: true
    diff_threshold: 20
    files_to_ignore: |
      *.md
      docs/
    fail_on_key_issues: true
    artifacts_wait_minutes: 30
    repository:
      provider: github
      name: acme/shop
      token: "file:TOKEN_FILE"
      webhook_secret: env:HOOK_SECRET
"""


def config(binary, *arguments, server=None, **environment):
    extra = {"DATAFOLD_HOST": server.url, "DATAFOLD_API_KEY": server.key} if server else {}
    return subprocess.run([binary, "config", *arguments], capture_output=True, text=True, timeout=30,
                          env={**os.environ, **extra, **environment})


def write(tmp_path, text=FILE):
    (tmp_path / "token").write_text("ghp_from_file\n")
    path = tmp_path / "vernier.yml"
    path.write_text(text.replace("TOKEN_FILE", str(tmp_path / "token")))
    return path


def test_a_file_is_checked_without_a_server(binary, tmp_path):
    done = config(binary, "check", write(tmp_path), WAREHOUSE_PASSWORD="hunter2", HOOK_SECRET="s")
    assert done.returncode == 0, done.stderr
    assert "1 data sources and 1 CI configs" in done.stdout

    for old, new, words in [
            ("slim_diff", "slim_dif", "slim_dif"),
            ("type: pg", "type: oracle", "oracle"),
            ("diff_threshold: 20", "diff_threshold: -1", "diff_threshold"),
            ("artifacts_wait_minutes: 30", "artifacts_wait_minutes: 99999", "artifacts_wait_minutes"),
            ("provider: github", "provider: sourceforge", "sourceforge"),
            ("ci_configs:", "ci_config:", "ci_config"),
            ("name: shop\n", "title: shop\n", "title"),
            ("options: {", "options: [", "not YAML")]:
        assert old in FILE
        done = config(binary, "check", write(tmp_path, FILE.replace(old, new)), WAREHOUSE_PASSWORD="hunter2",
                      HOOK_SECRET="s")
        assert done.returncode == 2 and words in done.stderr, (new, done.returncode, done.stderr)
        assert "hunter2" not in done.stderr
    done = config(binary, "check", write(tmp_path), HOOK_SECRET="s")
    assert done.returncode != 0 and "WAREHOUSE_PASSWORD" in done.stderr


def test_a_file_is_applied_twice_with_one_effect_and_exported_without_secrets(binary, own_server, tmp_path):
    secrets = {"WAREHOUSE_PASSWORD": "hunter2", "HOOK_SECRET": "hooksecret"}
    path = write(tmp_path)
    for _ in range(2):
        done = config(binary, "apply", path, server=own_server, **secrets)
        assert done.returncode == 0, done.stderr
    made, = own_server.get("/api/v1/ci_configs")
    assert (made["name"], made["slim_diff"], made["diff_threshold"], made["artifacts_wait_minutes"]) == (
        "shop", True, 20, 30)
    exported = config(binary, "export", server=own_server)
    assert exported.returncode == 0, exported.stderr
    for secret in ("hunter2", "hooksecret", "ghp_from_file"):
        assert secret not in exported.stdout
    assert "env:WAREHOUSE_PASSWORD" in exported.stdout and "env:SHOP_TOKEN" in exported.stdout

    # What was exported is a file that does nothing new.
    again = tmp_path / "again.yml"
    again.write_text(exported.stdout)
    done = config(binary, "apply", again, server=own_server, **secrets, SHOP_TOKEN="ghp_2", SHOP_WEBHOOK_SECRET="h")
    assert done.returncode == 0, done.stderr
    after, = own_server.get("/api/v1/ci_configs")
    assert after == made
