#include "server/http/problem.h"

#include <simdjson.h>

namespace laterbase::http {
namespace {

// Length of the UTF-8 sequence at the front, 0 where there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (length > text.size() || !simdjson::validate_utf8(text.data(), length)) return 0;
  return length;
}

void append_member(std::string& out, const Member& member) {
  out.append(",\"").append(member.name).append("\":");
  if (member.quoted)
    append_json_string(out, member.value);
  else
    out += member.value;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text[0];
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += {digits[static_cast<unsigned char>(c) >> 4], digits[static_cast<unsigned char>(c) & 15]};
    } else {
      out.append(text, 0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

const Problem& problem_of_status(int status) noexcept {
  for (const Problem& problem : problems::all)
    if (problem.status == status) return problem;
  return problems::internal;
}

std::string problem_json(const Problem& problem, std::string_view detail, std::initializer_list<Member> members) {
  std::string out = "{\"type\":\"urn:laterbase:problem:";
  out.append(problem.slug).append("\",\"title\":");
  append_json_string(out, problem.title);
  out.append(",\"status\":").append(std::to_string(problem.status)).append(",\"detail\":");
  append_json_string(out, detail);
  for (const Member& member : members) append_member(out, member);
  out += '}';
  return out;
}

void add_member(Reply& reply, const Member& member) {
  reply.body.resize(reply.body.rfind('}'));
  append_member(reply.body, member);
  reply.body += "}\n";
}

void set_problem(Reply& reply, const Problem& problem, std::string_view detail, std::initializer_list<Member> members) {
  reply.status = problem.status;
  reply.content_type = "application/problem+json";
  reply.source.reset();
  reply.waiting = nullptr;
  reply.live = nullptr;
  reply.etag.clear();
  reply.body = problem_json(problem, detail, members);
  reply.body += '\n';
  if (problem.status == 503) reply.header("Retry-After", "1");
}

}  // namespace laterbase::http
