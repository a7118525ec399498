// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "report/digest.h"
#include "report/markdown_text.h"
#include "report/plain_text.h"
#include "report/report.h"
#include "report/sample_runs.h"
#include "report/wording.h"

namespace vernier::report {
namespace {

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

// The end of the code span that opens at `start`: a run of as many backticks; npos where none closes.
std::size_t span_end(const std::string& line, std::size_t start, std::size_t run) {
  for (std::size_t i = start + run; i < line.size();) {
    std::size_t length = 0;
    while (i + length < line.size() && line[i + length] == '`')
      ++length;
    if (length == run) return i + run;
    i += std::max<std::size_t>(length, 1);
  }
  return std::string::npos;
}

// What a Markdown renderer takes as text: without code spans, without fenced blocks.
std::string outside_code(const std::string& markdown) {
  std::string text;
  std::string fence;
  for (const std::string& whole : split(markdown, '\n')) {
    const std::string line = whole.starts_with("> ") ? whole.substr(2) : whole;
    const std::string ticks = line.substr(0, line.find_first_not_of('`'));
    if (!fence.empty() || ticks.size() >= 3) {
      if (fence.empty() && line.find('`', ticks.size()) == std::string::npos) {
        fence = ticks;
        continue;
      }
      if (!fence.empty()) {
        if (ticks.size() >= fence.size() && line == ticks) fence.clear();
        continue;
      }
    }
    for (std::size_t i = 0; i < line.size();) {
      std::size_t run = 0;
      while (i + run < line.size() && line[i + run] == '`')
        ++run;
      const bool escaped = i > 0 && line[i - 1] == '\\';
      const std::size_t end = run == 0 || escaped ? std::string::npos : span_end(line, i, run);
      if (end != std::string::npos) {
        text += "CODE";
        i = end;
      } else {
        text += line.substr(i, std::max<std::size_t>(run, 1));
        i += std::max<std::size_t>(run, 1);
      }
    }
    text += '\n';
  }
  return text;
}

std::size_t cells(const std::string& row) {
  std::size_t bars = 0;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (row[i] == '|' && (i == 0 || row[i - 1] != '\\')) ++bars;
  return bars;
}

TEST(Markdown, HostileNamesStayText) {
  const std::string markdown = to_markdown(sample_run("hostile"));
  const std::string text = outside_code(markdown);
  for (const char* danger : {"@user", "@everyone", "#12", "!3", "<script", "<img", "</td>", "k](http",
                             "**bold**", "javascript:alert(1)#"})
    EXPECT_EQ(text.find(danger), std::string::npos) << danger;
  EXPECT_EQ(occurrences(text, "<details>"), occurrences(text, "</details>"));
  EXPECT_EQ(occurrences(text, "-->"), 1U) << "the end of the marker alone";
  EXPECT_TRUE(
      std::none_of(markdown.begin(), markdown.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; }));
}

TEST(Markdown, EveryTableRowHasTheCellsOfItsHead) {
  for (const SampleRun& sample : sample_runs()) {
    std::size_t wanted = 0;
    for (const std::string& line : split(to_markdown(sample.run), '\n')) {
      const bool row = line.starts_with('|');
      if (row && wanted > 0) {
        EXPECT_EQ(cells(line), wanted) << sample.name << ": " << line;
      }
      wanted = row ? cells(line) : 0;
    }
  }
}

TEST(Markdown, BeginsWithTheMarkerAndTheVerdict) {
  const auto lines = split(to_markdown(sample_run("one_changed")), '\n');
  EXPECT_EQ(lines[0], "<!-- vernier:report key=bakery v=1 -->");
  EXPECT_EQ(lines[1], "## Data diff: 2 of 4 models differ, 1 not compared");
}

TEST(Markdown, StaysWithinItsBudgetAndWhole) {
  model::CiRun run = sample_run("hostile");
  const auto nodes = run.models;
  while (run.models.size() < 3'000)
    run.models.insert(run.models.end(), nodes.begin(), nodes.end());
  const auto warnings = run.warnings;
  while (run.warnings.size() < 500)
    run.warnings.insert(run.warnings.end(), warnings.begin(), warnings.end());
  for (auto& warning : run.warnings)
    warning.command.assign(50'000, '`');
  const std::string markdown = to_markdown(run);
  EXPECT_LE(markdown.size(), 60'000U);
  const std::string text = outside_code(markdown);
  EXPECT_EQ(occurrences(text, "<details>"), occurrences(text, "</details>"));
  EXPECT_NE(markdown.find(" more\n"), std::string::npos);
  EXPECT_NE(markdown.rfind("<sub>Run 42"), std::string::npos);
}

TEST(Markdown, AnySentenceStaysInOneParagraphWithoutMarkup) {
  EXPECT_TRUE(rc::check([] {
    const auto sentence =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("`@a#1<>|*[]()!\\\n _/-")));
    const std::string text = outside_code(prose(sentence));
    for (const char* reference : {"@a", "@1", "#a", "#1"})
      RC_ASSERT(text.find(reference) == std::string::npos);
    RC_ASSERT(text.find('<') == std::string::npos);
    const std::string name = code_cell("x" + sentence);
    RC_ASSERT(cells(name) == 0U);
    RC_ASSERT(outside_code(code_span("x" + sentence)) == "CODE\n");
  }));
}

struct Tag {
  std::string name;        // "/p" where it closes
  std::string attributes;  // their quoted values left out
  bool empty = false;
};

// Every `<...>` of a page without comments, as a browser's tokenizer reads it.
std::vector<Tag> tags_of(const std::string& page) {
  std::vector<Tag> tags;
  for (auto at = page.find('<'); at != std::string::npos; at = page.find('<', at)) {
    std::string text;
    bool quoted = false;
    for (++at; at < page.size() && (quoted || page[at] != '>'); ++at) {
      if (page[at] == '"') quoted = !quoted;
      if (!quoted) text += page[at];
    }
    const bool empty = text.ends_with('/');
    const auto end = text.find_first_of(" \n/", 1);
    tags.push_back({text.substr(0, end), end == std::string::npos ? "" : text.substr(end), empty});
  }
  return tags;
}

// Elements balance and none is there that the page does not use, whatever the names say.
TEST(Html, HostileNamesOpenNoElement) {
  const std::set<std::string> known = {
      "html",    "head",    "meta",    "title", "style", "body",  "header", "main",  "footer", "section",
      "article", "details", "summary", "h1",    "h2",    "h3",    "h4",     "p",     "ul",     "li",
      "div",     "span",    "strong",  "code",  "pre",   "table", "thead",  "tbody", "tr",     "th",
      "td",      "a",       "svg",     "g",     "rect",  "path",  "text"};
  for (const SampleRun& sample : sample_runs()) {
    std::vector<std::string> open;
    for (const Tag& tag : tags_of(to_html(sample.run))) {
      if (tag.name == "!DOCTYPE" || tag.name == "meta" || tag.empty) continue;
      EXPECT_EQ(tag.attributes.find(" on"), std::string::npos) << tag.name << tag.attributes;
      if (!tag.name.starts_with('/')) {
        EXPECT_TRUE(known.contains(tag.name)) << sample.name << ": " << tag.name;
        open.push_back(tag.name);
        continue;
      }
      ASSERT_FALSE(open.empty());
      ASSERT_EQ("/" + open.back(), tag.name) << sample.name;
      open.pop_back();
    }
    EXPECT_TRUE(open.empty()) << sample.name;
  }
}

TEST(Html, LeavesNoStyleOrScriptToTheNames) {
  const std::string page = to_html(sample_run("hostile"));
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find(" style="), std::string::npos);
  EXPECT_EQ(page.find("href=\"j"), std::string::npos);
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
}

// Without sequences of the form ESC [ digits m.
std::string without_colour(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = text[i] == '\x1b' ? text.find_first_not_of("[0123456789", i + 1) : std::string::npos;
    if (end != std::string::npos && text[end] == 'm')
      i = end;
    else
      plain += text[i];
  }
  return plain;
}

TEST(Terminal, ColourChangesNothingElseAndNoEscapeComesFromData) {
  for (const SampleRun& sample : sample_runs()) {
    const std::string plain = to_terminal(sample.run, {.colour = false, .columns = 80});
    EXPECT_EQ(without_colour(to_terminal(sample.run, {.colour = true, .columns = 80})), plain) << sample.name;
    EXPECT_TRUE(
        std::none_of(plain.begin(), plain.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; }));
  }
  const std::string plain = to_terminal(sample_diff(), {.colour = false, .columns = 80});
  EXPECT_EQ(without_colour(to_terminal(sample_diff(), {.colour = true, .columns = 80})), plain);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
}

TEST(Terminal, FitsItsWidthExceptWhatIsToBeCopied) {
  for (const int columns : {60, 80, 160}) {
    std::vector<std::string> texts = {to_terminal(sample_diff(), {.colour = false, .columns = columns})};
    for (SampleRun& sample : sample_runs()) {
      for (Finding& finding : sample.run.warnings)
        finding.command.clear();
      for (ReportedNode& node : sample.run.models)
        for (Finding& finding : node.diff.findings)
          finding.command.clear();
      texts.push_back(to_terminal(sample.run, {.colour = false, .columns = columns}));
    }
    for (const std::string& text : texts)
      for (const std::string& line : split(text, '\n'))
        EXPECT_LE(display_width(line), columns) << line;
  }
}

TEST(Terminal, TellsNullFromTextsThatLookLikeIt) {
  const std::string text = to_terminal(sample_diff(), {.colour = false, .columns = 120});
  EXPECT_NE(text.find("NULL"), std::string::npos);
  EXPECT_NE(text.find("'NULL'"), std::string::npos);
  EXPECT_NE(text.find("''"), std::string::npos);
}

TEST(Renderers, TellWhatTheCompiledSqlSaysBesideDbt) {
  model::CiRun run = sample_run("one_changed");
  run.models[0].change.reasons = {"config.materialized"};
  run.models[0].change.same_compiled = true;
  run.models[1].change.kind = model::ChangeKind::modified;
  run.models[1].change.reasons = {"compiled"};
  for (const std::string& text :
       {to_markdown(run), to_html(run), to_terminal(run, {.colour = false, .columns = 200})}) {
    EXPECT_NE(text.find("likely a false alarm: compiled SQL is the same"), std::string::npos) << text;
    EXPECT_NE(text.find("state comparison does not see it"), std::string::npos) << text;
  }
  EXPECT_EQ(to_json(run)["models"][0]["same_compiled"], true);
  EXPECT_EQ(to_json(run)["models"][1]["same_compiled"], false);
}

TEST(Renderers, OfARunShowNoRows) {
  model::CiRun run = sample_run("one_changed");
  run.models[0].diff = sample_diff();
  for (const std::string& text : {to_markdown(run), to_html(run), to_terminal(run, {})})
    EXPECT_EQ(text.find("croissant"), std::string::npos);
}

TEST(Percent, NeverRoundsSomethingToNothingOrMostToAll) {
  struct {
    std::int64_t part, whole;
    const char* text;
  } const cases[] = {{0, 0, "–"},
                     {0, 5, "0 %"},
                     {5, 5, "100 %"},
                     {1, 1'000'000, "<0.1 %"},
                     {1, 3, "33.3 %"},
                     {1, 2, "50 %"},
                     {999'999, 1'000'000, ">99.9 %"},
                     {999, 1'000, "99.9 %"},
                     {1, 1'000, "0.1 %"},
                     {INT64_MAX - 1, INT64_MAX, ">99.9 %"}};
  for (const auto& one : cases)
    EXPECT_EQ(percent(one.part, one.whole), one.text) << one.part << " of " << one.whole;
}

TEST(PlainText, ShowsWhatWouldHide) {
  EXPECT_EQ(visible("a\x1b[0m\n\x7f\tb"), "a␛[0m␊␡␉b");
  EXPECT_EQ(visible("\xc3\x28 \xed\xa0\x80 \xc0\xaf \xf5"), "�( ��� �� �");
  EXPECT_EQ(visible("a\u202eb\u200bc\u0085"), "a�b�c�");
  EXPECT_EQ(visible("größe 日本 😀"), "größe 日本 😀");
  EXPECT_EQ(visible_prose(" one\r\ntwo "), "one  two");
}

TEST(PlainText, CutsByColumnsNotBytes) {
  EXPECT_EQ(display_width("日本"), 4);
  EXPECT_EQ(clip_end("日本語", 4), "日…");
  EXPECT_EQ(clip_middle("abcdefghij", 5), "ab…ij");
  EXPECT_EQ(clip_end("short", 5), "short");
  EXPECT_EQ(wrap("aa bb ccccccc", 5), (std::vector<std::string>{"aa bb", "ccccc", "cc"}));
}

TEST(Digest, PutsProblemsFirstAndThenTheLargestShare) {
  const model::CiRun run = sample_run("one_error");
  std::vector<std::string> names;
  for (const ReportedNode* node : digest(run).tables)
    names.push_back(node->change.name);
  EXPECT_EQ(names, (std::vector<std::string>{"invoices", "orders", "daily_sales"}));
}

}  // namespace
}  // namespace vernier::report
