#pragma once

#include <functional>

#include "server/api/answers.h"
#include "views/database.h"

namespace laterbase::api {

// GET /{db}/{view}: rows as JSON, NDJSON or CSV, or live.
http::Awaitable<void> read_relation(Services& services, Exchange& exchange);

// GET /{db}/{view}/{key}: one row.
http::Awaitable<void> read_row(Services& services, Exchange& exchange);

// What is followed live. Of a tree that has no name: `tree` opens it, and gives the relation that stands for it.
struct Followed {
  std::string relation;
  views::ReadRequest request;
  std::function<views::Outcome<std::string>(views::Database&)> tree;
  std::function<void(const views::Refusal&)> refuse;  // says why nothing is
};
// Answers with its stream; Last-Event-ID is where that goes on. Lifetime: `followed` until it is done.
http::Awaitable<void> follow(Services& services, Exchange& exchange, std::shared_ptr<Root> root, Followed& followed);

}  // namespace laterbase::api
