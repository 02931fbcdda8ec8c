#include "server/api/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/text_serializer.h>

#include <unistd.h>

#include <fstream>

namespace laterbase::api {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;
using prometheus::MetricType;

Buckets latency_buckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
}

// Builds families of plain numbers.
class Families {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;
  void add(const std::string& name, const std::string& help, MetricType type, double value,
           const std::string& database = {}, const Labels& more = {}) {
    prometheus::MetricFamily* family = find(name);
    if (family == nullptr) {
      families_.push_back({name, help, type, {}});
      family = &families_.back();
    }
    prometheus::ClientMetric metric;
    if (!database.empty()) metric.label.push_back({"database", database});
    metric.label.insert(metric.label.end(), more.begin(), more.end());
    if (type == MetricType::Counter)
      metric.counter.value = value;
    else
      metric.gauge.value = value;
    family->metric.push_back(metric);
  }
  std::vector<prometheus::MetricFamily> take() { return std::move(families_); }

 private:
  prometheus::MetricFamily* find(const std::string& name) {
    for (auto& family : families_)
      if (family.name == name) return &family;
    return nullptr;
  }
  std::vector<prometheus::MetricFamily> families_;
};

void add_root(Families& families, Root& root) {
  const RootCounters& counters = root.counters();
  const auto count = [&](const char* name, const char* help, const std::atomic<std::uint64_t>& value, double unit = 1) {
    families.add(name, help, MetricType::Counter, static_cast<double>(value.load()) * unit, root.name());
  };
  families.add("laterbase_log_head", "Greatest position of the log", MetricType::Gauge,
               static_cast<double>(root.head()), root.name());
  families.add("laterbase_conflicts", "Entries that merges put aside: lost to another value, or not due yet",
               MetricType::Gauge, static_cast<double>(root.info().aside), root.name());
  families.add("laterbase_database_healthy", "1 where the database takes writes", MetricType::Gauge,
               root.health().empty() ? 1 : 0, root.name());
  count("laterbase_events_total", "Events appended since the database was opened", counters.events);
  count("laterbase_batches_total", "Batches appended", counters.batches);
  count("laterbase_commit_groups_total", "Groups of batches that shared one commit", counters.groups);
  count("laterbase_wal_bytes_total", "Bytes written ahead", counters.wal_bytes);
  count("laterbase_wal_syncs_total", "Times the write-ahead file was made durable", counters.wal_syncs);
  count("laterbase_wal_sync_seconds_total", "Time spent making it durable", counters.wal_sync_us, 1e-6);
  count("laterbase_tree_commits_total", "Commits of the tree", counters.tree_commits);
  count("laterbase_tree_commit_seconds_total", "Time spent in them", counters.tree_commit_us, 1e-6);
  count("laterbase_tree_events_total", "Events moved to the tree", counters.tree_events);
  count("laterbase_failures_total", "Commits that failed", counters.failures);
}

void add_link(Families& families, const std::string& peer, const sync::LinkState& link) {
  const auto gauge = [&](const char* name, const char* help, double value) {
    families.add(name, help, MetricType::Gauge, value, link.database, {{"peer", peer}});
  };
  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    families.add(name, help, MetricType::Counter, static_cast<double>(value), link.database, {{"peer", peer}});
  };
  gauge("laterbase_sync_failing", "1 where the last exchange was cut", link.phase == sync::LinkPhase::failing ? 1 : 0);
  gauge("laterbase_sync_behind_events", "Positions of the peer's log not followed yet",
        static_cast<double>(link.events_behind));
  gauge("laterbase_sync_ahead_events", "Positions of this log that the peer has not followed yet",
        static_cast<double>(link.events_ahead));
  gauge("laterbase_sync_lag_seconds", "Time since nothing was left to exchange", link.lag_seconds);
  count("laterbase_sync_exchanges_total", "Exchanges begun by this node", link.exchanges);
  count("laterbase_sync_failures_total", "Exchanges that were cut", link.failures);
  count("laterbase_sync_events_sent_total", "Events given to the peer", link.total.sent);
  count("laterbase_sync_events_received_total", "New events taken from the peer", link.total.received);
  count("laterbase_sync_round_trips_total", "Messages that were answered", link.total.round_trips);
  count("laterbase_sync_bytes_sent_total", "Bytes of messages", link.total.bytes_out);
  count("laterbase_sync_bytes_received_total", "Bytes of answers to them", link.total.bytes_in);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void Metrics::prepare(const http::Router& router) {
  auto& latency = prometheus::BuildHistogram()
                      .Name("laterbase_request_seconds")
                      .Help("From a request's head to the last byte of its answer")
                      .Register(registry_);
  for (const http::Route& route : router.routes())
    latency_[&route] =
        &latency.Add({{"method", std::string(http::method_name(route.method))}, {"route", std::string(route.pattern)}},
                     latency_buckets());
  unrouted_ = &latency.Add({{"method", ""}, {"route", ""}}, latency_buckets());
  auto& answers = prometheus::BuildCounter()
                      .Name("laterbase_answers_total")
                      .Help("Answers by class of their status")
                      .Register(registry_);
  for (int i = 1; i < 6; ++i) classes_[i] = &answers.Add({{"status", std::to_string(i) + "xx"}});
  batch_events_ = &prometheus::BuildHistogram()
                       .Name("laterbase_batch_events")
                       .Help("Events in a batch")
                       .Register(registry_)
                       .Add({}, Buckets{1, 10, 100, 1000, 10'000, 100'000});
  batch_latency_ = &prometheus::BuildHistogram()
                        .Name("laterbase_append_seconds")
                        .Help("From the commit queue to the answer of the writer")
                        .Register(registry_)
                        .Add({}, latency_buckets());
  bytes_in_ = &prometheus::BuildCounter()
                   .Name("laterbase_received_bytes_total")
                   .Help("Bytes of requests")
                   .Register(registry_)
                   .Add({});
  bytes_out_ = &prometheus::BuildCounter()
                    .Name("laterbase_sent_bytes_total")
                    .Help("Bytes of answers")
                    .Register(registry_)
                    .Add({});
}

void Metrics::observe_request(const http::Route* route, int status, double seconds, std::uint64_t bytes_in,
                              std::uint64_t bytes_out) {
  const auto found = latency_.find(route);
  (found == latency_.end() ? unrouted_ : found->second)->Observe(seconds);
  if (status >= 100 && status < 600) classes_[status / 100]->Increment();
  bytes_in_->Increment(static_cast<double>(bytes_in));
  bytes_out_->Increment(static_cast<double>(bytes_out));
}

void Metrics::observe_batch(std::size_t events, double seconds) {
  batch_events_->Observe(static_cast<double>(events));
  batch_latency_->Observe(seconds);
}

std::string Metrics::text(Roots& roots, const Gauges& gauges, const std::vector<sync::PeerState>& peers) const {
  Families families;
  const auto gauge = [&](const char* name, const char* help, double value) {
    families.add(name, help, MetricType::Gauge, value);
  };
  gauge("laterbase_connections", "Open connections", static_cast<double>(gauges.connections));
  gauge("laterbase_subscribers", "Live streams", static_cast<double>(gauges.subscribers));
  gauge("laterbase_resident_bytes", "Memory of this process, the map of databases included", resident_bytes());
  families.add("laterbase_connections_accepted_total", "Connections accepted", MetricType::Counter,
               static_cast<double>(gauges.accepted));
  families.add("laterbase_connections_refused_total", "Connections refused for their number", MetricType::Counter,
               static_cast<double>(gauges.refused));
  const auto open = roots.open_roots();
  gauge("laterbase_databases", "Databases", static_cast<double>(roots.names().size()));
  gauge("laterbase_databases_open", "Databases open", static_cast<double>(open.size()));
  for (const auto& root : open) add_root(families, *root);
  for (const auto& peer : peers)
    for (const auto& link : peer.links) add_link(families, peer.settings.name, link);
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(registry_.Collect()) + serializer.Serialize(families.take());
}

}  // namespace laterbase::api
