#include "bench/views/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "bench/support/report.h"
#include "bench/views/workload.h"
#include "tests/support/node.h"

namespace laterbase::bench {
namespace {

using tests::HttpConnection;
using tests::Node;
using tests::Response;

constexpr std::size_t batch_events = 1'000;
constexpr std::size_t ingest_batches = 100;
constexpr std::size_t ingest_turns = 5;
constexpr std::size_t single_changes = 1'000;

// A workload's tables are t0, t1, t2, with the columns a, b, c beside the row's number. The index is of the first
// column; top 100 has its own order.
struct Question {
  const char* workload;
  const char* select;
  const char* index;
};
constexpr Question questions[] = {
    {"W1", "SELECT a, b FROM t0 WHERE b >= 500", "a"},
    {"W2", "SELECT b, sum(c), avg(c), min(c), max(c) FROM t0 GROUP BY b", "b"},
    {"W3", "SELECT t1.b, sum(t0.c), count(*) FROM t0 JOIN t1 ON t0.b = t1.a GROUP BY t1.b", "b"},
    {"W4", "SELECT t0.a, t0.c, t2.b FROM t0 JOIN t1 ON t0.b = t1.a JOIN t2 ON t1.b = t2.a", "a"},
    {"W5", "SELECT a, b FROM t0 ORDER BY b DESC LIMIT 100", ""},
    {"W6", "SELECT a FROM t0 UNION SELECT a FROM t1", "a"},
    {"W8", "SELECT a, b FROM t0 WHERE EXISTS (SELECT 1 FROM t1 WHERE t1.a = t0.b)", "a"}};
const Question& question_of(std::string_view workload) {
  return *std::find_if(std::begin(questions), std::end(questions),
                       [&](const Question& one) { return one.workload == workload; });
}

double now_us() {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median_of(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

class Client {
 public:
  explicit Client(const Node& node) : connection_(node.port(), 120'000) {}

  std::string get(const std::string& target) { return ask({"GET", target, "", {}}); }
  void sql(const std::string& text) { ask({"POST", "/db/bench/sql", text, {{"Content-Type", "application/sql"}}}); }
  void events(const std::string& lines, const char* query = "") {
    ask({"POST", std::string("/db/bench/e") + query, lines, {{"Content-Type", "application/x-ndjson"}}});
  }
  void view(const std::string& name, const std::string& select) {
    ask({"PUT", "/db/bench/v/" + name, select, {{"Content-Type", "application/sql"}}});
    while (get("/db/bench/v/" + name).find("\"ready\"") == std::string::npos) {
    }
  }

 private:
  std::string ask(const tests::Request& request) {
    Response answer = connection_.ask(request);
    if (answer.status / 100 != 2)
      throw std::runtime_error(
          fmt::format("{} {}: {} {}", request.method, request.target, answer.status, answer.body.substr(0, 500)));
    return std::move(answer.body);
  }

  HttpConnection connection_;
};

// One event: a row comes.
std::string comes(const TableChange& row, std::uint64_t number) {
  const auto fact = [&](const char* column, std::int64_t value) {
    return fmt::format(R"(["t{}","{}","{}",{}])", row.table, number, column, value);
  };
  return fmt::format("{{\"@tx\":[{},{},{}]}}\n", fact("a", row.values[0]), fact("b", row.values[1]),
                     fact("c", row.values[2]));
}

std::string goes(const TableChange& row, std::uint64_t number) {
  return fmt::format("{{\"@tx\":[[\"t{}\",\"{}\",\"\",{{\"exists\":false}}]]}}\n", row.table, number);
}

std::unique_ptr<Workload> workload_named(const std::string& name) {
  for (auto& workload : workloads())
    if (workload->name().starts_with(name)) return std::move(workload);
  throw std::runtime_error("there is no workload " + name);
}

void declare_tables(Client& client) {
  for (int table = 0; table < 3; ++table)
    client.sql(fmt::format("TABLE t{} (n BIGINT = 1 PRIMARY KEY, a BIGINT = 2, b BIGINT = 3, c BIGINT = 4)", table));
}

// The rows of a workload by number, and bodies of requests made of them.
class Stream {
 public:
  Stream(const Workload& workload, std::uint64_t base_rows)
      : workload_(workload), base_rows_(base_rows), random_(base_rows) {}

  std::string come(std::size_t rows) {
    std::string lines;
    for (; rows > 0; --rows, ++number_) {
      rows_.push_back(workload_.row(number_, base_rows_, random_));
      lines += comes(rows_.back(), number_);
    }
    return lines;
  }
  // A row of the second half of the base, which nothing refers to; each once.
  std::string go() {
    const auto number = base_rows_ / 2 + gone_++;
    return goes(rows_[number], number);
  }

 private:
  const Workload& workload_;
  std::uint64_t base_rows_;
  Random random_;
  std::uint64_t number_ = 0;
  std::uint64_t gone_ = 0;
  std::vector<TableChange> rows_;
};

enum class Reads { none, at_the_end, after_each };

// Durable batches, and every view read as of the last: events a second, and what the views showed.
struct Ingest {
  double rate;
  std::string shown;
};

Ingest ingest(bool with_tables, const std::vector<const char*>& workloads, Reads reads,
              const std::vector<std::string>& bodies) {
  Node node;
  node.put("/db/bench");
  Client client(node);
  if (with_tables) declare_tables(client);
  for (std::size_t i = 0; i < workloads.size(); ++i)
    client.view(fmt::format("v{}", i), question_of(workloads[i]).select);
  std::string shown;
  const auto read_all = [&] {
    shown.clear();
    for (std::size_t i = 0; i < workloads.size(); ++i) shown += client.get(fmt::format("/bench/v{}?limit=10", i));
  };
  const double began = now_us();
  for (const auto& body : bodies) {
    client.events(body);
    if (reads == Reads::after_each) read_all();
  }
  if (reads == Reads::at_the_end) read_all();
  return {1e6 * static_cast<double>(bodies.size() * batch_events) / (now_us() - began), std::move(shown)};
}

void print(const char* name, const Turns& turns, std::optional<double> goal, const char* beside) {
  const auto [subject, baseline] = turns.median();
  std::fputs(row_text({name, subject, baseline, "events/s", goal, Better::higher, beside}).c_str(), stdout);
}

void measure_ingest() {
  const auto workload = workload_named("W2");
  const std::vector<const char*> views{"W1", "W2", "W5"};
  Stream stream(*workload, 100'000);
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < ingest_batches; ++i) bodies.push_back(stream.come(batch_events));
  Turns at_the_end, after_each, tables;
  for (std::size_t turn = 0; turn < ingest_turns; ++turn) {
    const double bare = ingest(false, {}, Reads::none, bodies).rate;
    const double without = ingest(true, {}, Reads::none, bodies).rate;
    const Ingest once = ingest(true, views, Reads::at_the_end, bodies);
    const Ingest often = ingest(true, views, Reads::after_each, bodies);
    if (once.shown != often.shown) throw std::runtime_error("the views differ by when they are read");
    tables.add(without, bare);
    at_the_end.add(once.rate, without);
    after_each.add(often.rate, without);
  }
  fmt::print("Over HTTP: durable POSTs of 1,000 events, each a row of a table with three views\n");
  std::fputs(row_header().c_str(), stdout);
  print("no views", tables, std::nullopt, "no tables either");
  print("three views, read at the end", at_the_end, 0.7, "no views");
  print("three views, each read after each POST", after_each, std::nullopt, "no views");
  fmt::print("\n");
  std::fflush(stdout);
}

// The median of what one call takes.
template <typename Call>
double median_us(std::size_t times, Call&& call) {
  std::vector<double> all;
  for (std::size_t i = 0; i < times; ++i) {
    const double began = now_us();
    call();
    all.push_back(now_us() - began);
  }
  return median_of(std::move(all));
}

void measure_single_changes(const Question& question, std::uint64_t base_rows) {
  const auto workload = workload_named(question.workload);
  Stream stream(*workload, base_rows);
  Node node;
  node.put("/db/bench");
  Client client(node);
  declare_tables(client);
  client.view("v", question.select);
  for (std::uint64_t rows = 0; rows < base_rows; rows += batch_events) client.events(stream.come(batch_events));
  const std::string read = "/bench/v?limit=10";
  const double scan = median_us(single_changes / 4, [&] { client.get(read); });
  if (*question.index != '\0') client.sql(fmt::format("CREATE INDEX ON v ({})", question.index));
  bool coming = false;
  const auto change = [&](const char* query) {
    client.events((coming = !coming) ? stream.come(1) : stream.go(), query);
  };
  const double only_read = median_us(single_changes, [&] { client.get(read); });
  const double only_post = median_us(single_changes, [&] { change("?durability=relaxed"); });
  const double both = median_us(single_changes, [&] {
    change("?durability=relaxed");
    client.get(read);
  });
  const double durable = median_us(single_changes / 4, [&] {
    change("");
    client.get(read);
  });
  fmt::print("{:<34}{:>10}{:>10.0f}{:>10.0f}{:>10.0f}{:>10.0f}{:>10.0f}\n", workload->name(), base_rows, scan,
             only_read, only_post, both, durable);
  std::fflush(stdout);
}

}  // namespace

void measure_over_http(std::uint64_t base_rows, bool with_ingest, const std::string& only) {
  if (with_ingest && (only.empty() || only == "ingest")) measure_ingest();
  if (only == "ingest") return;
  fmt::print("{:<34}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "Over HTTP, us, median", "base rows", "a scan", "a read",
             "a change", "both", "durable");
  for (const auto& question : questions)
    if (std::string_view(question.workload).starts_with(only)) measure_single_changes(question, base_rows);
  fmt::print(
      "A read: of ten of the view's rows, which has an index of its first column; a scan: the same without the index.\n"
      "A change: a POST of one event, a row that comes or goes, relaxed; both: that, then a read, which sees it;\n"
      "durable: both, answered once it is on disk.\n");
}

}  // namespace laterbase::bench
