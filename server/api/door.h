#pragma once

#include <string>

#include "server/api/services.h"
#include "server/http/router.h"

// The application behind every connection: routes, checks that need no body, errors, counting.
namespace laterbase::api {

class Door : public http::Application {
 public:
  explicit Door(Services& services);

  bool admit(http::Exchange& exchange) override;
  void failed(http::Exchange& exchange) noexcept override;
  void decorate(http::Exchange& exchange) override;
  void finished(http::Exchange& exchange) noexcept override;
  const http::Limits& limits() const noexcept override { return services_.live().limits; }

  const http::Router& router() const noexcept { return router_; }

 private:
  bool route(http::Exchange& exchange);
  bool answer_options(http::Exchange& exchange);
  bool may_cross_origin(http::Exchange& exchange);
  bool authorized(http::Exchange& exchange);
  bool query_fits(http::Exchange& exchange);
  bool coding_known(http::Exchange& exchange);
  void add_clock(http::Exchange& exchange);
  bool origin_allowed(std::string_view origin) const;

  Services& services_;
  http::Router router_;
};

}  // namespace laterbase::api
