#pragma once

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/events/roots.h"
#include "server/http/router.h"
#include "sync/peer_state.h"

// What this node counts, in Prometheus' text format.
namespace laterbase::api {

// What others count and this page shows.
struct Gauges {
  std::uint64_t connections = 0, accepted = 0, refused = 0, subscribers = 0;
};

// Threads: any.
class Metrics {
 public:
  // One histogram of latency a route, made before the first request so that observing takes no lock.
  void prepare(const http::Router& router);
  void observe_request(const http::Route* route, int status, double seconds, std::uint64_t bytes_in,
                       std::uint64_t bytes_out);
  void observe_batch(std::size_t events, double seconds);

  std::string text(Roots& roots, const Gauges& gauges, const std::vector<sync::PeerState>& peers) const;

 private:
  prometheus::Registry registry_;
  std::unordered_map<const http::Route*, prometheus::Histogram*> latency_;
  prometheus::Histogram* unrouted_ = nullptr;
  prometheus::Histogram* batch_events_ = nullptr;
  prometheus::Histogram* batch_latency_ = nullptr;
  prometheus::Counter* classes_[6] = {};
  prometheus::Counter* bytes_in_ = nullptr;
  prometheus::Counter* bytes_out_ = nullptr;
};

}  // namespace laterbase::api
