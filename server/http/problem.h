#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "server/http/reply.h"

// Every error that a client sees is made here: RFC 9457, application/problem+json.
namespace laterbase::http {

// A further member that helps. Text or number.
struct Member {
  Member(std::string_view member_name, std::string_view text) : name(member_name), value(text), quoted(true) {}
  Member(std::string_view member_name, std::uint64_t number)
      : name(member_name), value(std::to_string(number)), quoted(false) {}
  std::string_view name;
  std::string value;
  bool quoted;
};

struct Problem {
  int status;
  std::string_view slug;  // urn:laterbase:problem:<slug>
  std::string_view title;
};

// All there are: status, type and title; also the source of the OpenAPI document's list.
namespace problems {
inline constexpr Problem bad_request{400, "bad-request", "The request is not well formed"};
inline constexpr Problem bad_parameter{400, "bad-parameter", "A parameter is wrong"};
inline constexpr Problem bad_body{400, "bad-body", "The body is not what it says it is"};
inline constexpr Problem bad_event{422, "bad-event", "An event can't be stored"};
inline constexpr Problem bad_name{400, "bad-name", "That can't be a database's name"};
inline constexpr Problem unauthorized{401, "unauthorized", "A token is needed"};
inline constexpr Problem forbidden{403, "forbidden", "The token does not allow this"};
inline constexpr Problem not_found{404, "not-found", "There is no such thing"};
inline constexpr Problem method_not_allowed{405, "method-not-allowed", "That method does not go with this path"};
inline constexpr Problem not_acceptable{406, "not-acceptable", "None of the accepted types can be given"};
inline constexpr Problem timeout{408, "timeout", "The request took too long to arrive"};
inline constexpr Problem conflict{409, "conflict", "The key is taken by another value"};
inline constexpr Problem configured{409, "configured", "It stands in the configuration"};
inline constexpr Problem gone{410, "gone", "That position is not in this log"};
inline constexpr Problem too_large{413, "too-large", "It is larger than this node takes"};
inline constexpr Problem unsupported_type{415, "unsupported-type", "That type or coding is not understood"};
inline constexpr Problem bad_sql{422, "bad-sql", "The statement can't be run"};
inline constexpr Problem duplicate{409, "duplicate", "A row with that key is there already"};
inline constexpr Problem broken_view{422, "broken-view", "The view can't be computed"};
inline constexpr Problem broken_fold{503, "broken-fold", "The fold's code failed"};
inline constexpr Problem building{503, "building", "The view is being built"};
inline constexpr Problem expectation{417, "expectation-failed", "That expectation is not known"};
inline constexpr Problem header_too_large{431, "header-too-large", "The header fields are too large"};
inline constexpr Problem internal{500, "internal", "This node failed"};
inline constexpr Problem damaged{500, "damaged", "Stored bytes are damaged"};
inline constexpr Problem not_implemented{501, "not-implemented", "This node can't do that"};
inline constexpr Problem peer_trouble{502, "peer-trouble", "The peer can't be reached, or did not play its part"};
inline constexpr Problem unavailable{503, "unavailable", "Not now"};
inline constexpr Problem version{505, "http-version", "That version of HTTP is not spoken here"};
inline constexpr Problem storage_full{507, "storage-full", "There is no room left"};
inline constexpr Problem all[] = {
    bad_request, bad_parameter,   bad_body,           bad_event,      bad_name,         unauthorized,
    forbidden,   not_found,       method_not_allowed, not_acceptable, timeout,          conflict,
    gone,        too_large,       unsupported_type,   expectation,    header_too_large, internal,
    damaged,     not_implemented, peer_trouble,       unavailable,    version,          storage_full,
    configured,  bad_sql,         duplicate,          broken_view,    broken_fold,      building};
}  // namespace problems

// The problem for a status that the transport came to by itself.
const Problem& problem_of_status(int status) noexcept;

// One sentence in `detail`, for the person who has to act on it.
void set_problem(Reply& reply, const Problem& problem, std::string_view detail,
                 std::initializer_list<Member> members = {});
// One more member for the problem that was set.
void add_member(Reply& reply, const Member& member);
// The document alone.
std::string problem_json(const Problem& problem, std::string_view detail, std::initializer_list<Member> members = {});

// Appends `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace laterbase::http
