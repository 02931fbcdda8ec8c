#include "client/post.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "engine/base/random.h"

namespace laterbase::client {
namespace {

// What the batches so far came to.
struct Totals {
  std::uint64_t sent = 0, stored = 0, known = 0, lc = 0;
  std::string only_key;  // where there was one event in all
};

void create_database(Session& session, const std::string& database) {
  Request request{"PUT", "/db/" + database, {}, {}};
  session.call(request);
}

void count(Totals& totals, const Batch& batch, const Answer& answer) {
  const auto result = nlohmann::json::parse(answer.body, nullptr, false);
  const auto number = [&](const char* name, std::uint64_t otherwise) {
    const auto member = result.is_object() ? result.find(name) : result.end();
    return result.is_object() && member != result.end() && member->is_number_unsigned() ? member->get<std::uint64_t>()
                                                                                        : otherwise;
  };
  totals.only_key = totals.sent == 0 && batch.keys.size() == 1 ? batch.keys.front() : std::string();
  totals.sent += batch.places.size();
  totals.stored += number("stored", batch.places.size());
  totals.known += number("known", 0);
  totals.lc = number("lc", totals.lc);
}

// How to go on after a refusal or a lost node: the batches before are stored.
std::string go_on(const Totals& totals, std::uint64_t skipped) {
  if (totals.sent == 0) return "Nothing was stored.";
  return fmt::format("The {} events before this batch are stored; go on with --skip {}.", with_commas(totals.sent),
                     totals.sent + skipped);
}

// The node names the place in the batch; people want to know it in their input.
Problem with_place(Problem problem, const Batch& batch) {
  for (const auto* kind : {"Line", "Element"}) {
    const std::string place = fmt::format("{} {}: ", kind, problem.line);
    if (problem.detail.starts_with(place)) problem.detail.erase(0, place.size());
  }
  problem.detail = fmt::format("{}: {}", batch.place(problem.line), problem.detail);
  return problem;
}

void send(Session& session, const PostOptions& options, Batch& batch, Totals& totals) {
  Request request{"POST",
                  fmt::format("/db/{}/e{}", options.database, options.relaxed ? "?durability=relaxed" : ""),
                  {{"Content-Type", batch.content_type}, {"Accept", "application/json"}},
                  std::move(batch.body)};
  try {
    count(totals, batch, session.call(request));
  } catch (const Refused& refused) {
    Problem problem = with_place(refused.problem(), batch);
    problem.detail += '\n' + go_on(totals, options.batches.skip);
    throw Refused(std::move(problem));
  } catch (const Unreachable& trouble) {
    throw Unreachable(fmt::format("{}\n{}", trouble.what(), go_on(totals, options.batches.skip)));
  }
}

void sum_up(const Console& console, const Totals& totals, double seconds) {
  if (!console.out_is_terminal) {
    nlohmann::ordered_json summary{
        {"stored", totals.stored}, {"known", totals.known}, {"lc", totals.lc}, {"seconds", seconds}};
    if (!totals.only_key.empty()) summary["key"] = totals.only_key;
    console.out << summary.dump() << '\n';
    return;
  }
  const double rate = seconds > 0 ? static_cast<double>(totals.sent) / seconds : 0;
  console.out << fmt::format("{} event{} stored, {} already known, in {} ({} events/s); the log is at {}.\n",
                             with_commas(totals.stored), totals.stored == 1 ? "" : "s", with_commas(totals.known),
                             human_duration(seconds), with_commas(static_cast<std::uint64_t>(rate)),
                             with_commas(totals.lc));
  if (!totals.only_key.empty()) console.out << totals.only_key << '\n';
}

}  // namespace

void post(Session& session, const Console& console, const PostOptions& options, std::istream& standard_input) {
  UlidGenerator keys(random_seed());
  Batches batches(options.files, options.batches, keys, standard_input);
  Progress progress(console, batches.bytes_total());
  Totals totals;
  if (options.create) create_database(session, options.database);
  const std::int64_t start_us = system_clock().monotonic_us();
  const auto seconds = [&] { return static_cast<double>(system_clock().monotonic_us() - start_us) / 1e6; };
  while (auto batch = batches.next(system_clock().wall_ms())) {
    send(session, options, *batch, totals);
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(totals.sent) / std::max(seconds(), 1e-3));
    progress.show(batches.bytes_read(),
                  fmt::format("{} events, {} events/s", with_commas(totals.sent), with_commas(rate)));
  }
  progress.clear();
  sum_up(console, totals, seconds());
}

}  // namespace laterbase::client
