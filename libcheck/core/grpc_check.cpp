#include "libcheck/core/grpc_check.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "common/base/text.hpp"
#include "libcheck/core/h2_dialogue.hpp"
#include "libcheck/core/http_answer.hpp"

namespace hapair::check {
namespace {

constexpr std::size_t kPrefix = 5;  // flag and length of a message
constexpr std::size_t kMaxMessage = 4096;
constexpr std::uint16_t kHttpOk = 200;

// Protobuf's wire types.
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kFixed64 = 1;
constexpr std::uint64_t kLengthed = 2;
constexpr std::uint64_t kFixed32 = 5;
constexpr std::uint64_t kServiceTag = 1U << 3U | kLengthed;
constexpr std::uint64_t kStatusTag = 1U << 3U | kVarint;

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7fU) | 0x80U);
  out += static_cast<char>(value);
}

std::optional<std::uint64_t> take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  constexpr unsigned kBits = 64;
  for (unsigned shift = 0; shift < kBits && !from.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(from.front());
    from.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

bool skip(std::string_view& from, std::uint64_t bytes) {
  if (bytes > from.size()) return false;
  from.remove_prefix(bytes);
  return true;
}

bool skip_field(std::string_view& from, std::uint64_t wire_type) {
  switch (wire_type) {
    case kVarint:
      return take_varint(from).has_value();
    case kFixed64:
      return skip(from, sizeof(std::uint64_t));
    case kLengthed: {
      const auto length = take_varint(from);
      return length && skip(from, *length);
    }
    case kFixed32:
      return skip(from, sizeof(std::uint32_t));
    default:  // groups, which are long gone, or no type at all
      return false;
  }
}

/// One unary call's answer: one message, then a status in the trailers, or in the head alone.
class HealthAnswer final : public Answer {
 public:
  std::optional<Finding> on_head(const http::ResponseHead& head) override;
  std::optional<Finding> on_data(std::string_view bytes) override;
  std::optional<Finding> on_trailer(std::string_view name, std::string_view value) override;
  Finding on_end() override;

 private:
  void take_field(std::string_view name, std::string_view value);
  [[nodiscard]] Finding judge_message() const;

  std::string status_;  ///< grpc-status, as it came
  std::string words_;   ///< grpc-message
  std::string data_;
};

void HealthAnswer::take_field(std::string_view name, std::string_view value) {
  if (name == "grpc-status") status_ = value;
  if (name == "grpc-message") words_ = shown(value);
}

std::optional<Finding> HealthAnswer::on_head(const http::ResponseHead& head) {
  const auto status = static_cast<std::uint16_t>(head.status);
  if (status != kHttpOk) return refused("no gRPC: HTTP status", status);
  const http::Field* type = head.fields.find("content-type");
  if (type == nullptr || !type->value.starts_with("application/grpc")) {
    return malformed("no gRPC: another content-type");
  }
  for (const http::Field& field : head.fields) take_field(field.name, field.value);
  return std::nullopt;
}

std::optional<Finding> HealthAnswer::on_data(std::string_view bytes) {
  if (bytes.size() > kMaxMessage - data_.size()) return malformed("the message is too long");
  data_ += bytes;
  return std::nullopt;
}

std::optional<Finding> HealthAnswer::on_trailer(std::string_view name, std::string_view value) {
  take_field(name, value);
  return std::nullopt;
}

Finding HealthAnswer::on_end() {
  const auto status = base::parse_unsigned(status_);
  if (!status) return malformed("no grpc-status");
  if (*status == 0) return judge_message();
  constexpr std::uint64_t kHighest = 0xffff;
  const std::string_view name = grpc_status_name(*status);
  return refused(
      base::concat(name.empty() ? "grpc-status" : name, words_.empty() ? "" : ": ", words_)
          .substr(0, CheckResult::kMaxInfo),
      static_cast<std::uint16_t>(std::min(*status, kHighest)));
}

Finding HealthAnswer::judge_message() const {
  if (data_.size() < kPrefix || data_[0] != '\0') return malformed("no message of gRPC");
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < kPrefix; ++i) {
    length = length << 8U | static_cast<std::uint8_t>(data_[i]);
  }
  const std::string_view message = std::string_view(data_).substr(kPrefix);
  const auto found = length == message.size() ? decode_health_response(message) : std::nullopt;
  if (!found) return malformed("no message of the health protocol");
  const std::string name(to_string(*found));
  return *found == ServingStatus::kServing ? passed(name) : refused(name);
}

/// "2000m": eight digits at most, and a unit.
std::string timeout_text(base::Duration limit) {
  using std::chrono::milliseconds;
  const auto ms = std::chrono::ceil<milliseconds>(limit).count();
  return base::concat(ms, "m");
}

}  // namespace

std::string_view to_string(ServingStatus status) {
  switch (status) {
    case ServingStatus::kUnknown:
      return "UNKNOWN";
    case ServingStatus::kServing:
      return "SERVING";
    case ServingStatus::kNotServing:
      return "NOT_SERVING";
    case ServingStatus::kServiceUnknown:
      return "SERVICE_UNKNOWN";
  }
  return {};
}

std::string encode_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    put_varint(message, kServiceTag);
    put_varint(message, service.size());
    message += service;
  }
  std::string framed(1, '\0');
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    framed += static_cast<char>((message.size() >> (shift - 8)) & 0xffU);
  }
  return framed + message;
}

std::optional<ServingStatus> decode_health_response(std::string_view message) {
  std::uint64_t status = 0;
  while (!message.empty()) {
    const auto tag = take_varint(message);
    if (!tag || *tag >> 3U == 0) return std::nullopt;
    if (*tag == kStatusTag) {
      const auto value = take_varint(message);
      if (!value) return std::nullopt;
      status = *value;
    } else if (!skip_field(message, *tag & 7U)) {
      return std::nullopt;
    }
  }
  const auto highest = static_cast<std::uint64_t>(ServingStatus::kServiceUnknown);
  return status > highest ? ServingStatus::kUnknown : static_cast<ServingStatus>(status);
}

std::string_view grpc_status_name(std::uint64_t status) {
  constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                       "CANCELLED",
                                                       "UNKNOWN",
                                                       "INVALID_ARGUMENT",
                                                       "DEADLINE_EXCEEDED",
                                                       "NOT_FOUND",
                                                       "ALREADY_EXISTS",
                                                       "PERMISSION_DENIED",
                                                       "RESOURCE_EXHAUSTED",
                                                       "FAILED_PRECONDITION",
                                                       "ABORTED",
                                                       "OUT_OF_RANGE",
                                                       "UNIMPLEMENTED",
                                                       "INTERNAL",
                                                       "UNAVAILABLE",
                                                       "DATA_LOSS",
                                                       "UNAUTHENTICATED"};
  return status < kNames.size() ? kNames[status] : std::string_view();
}

std::unique_ptr<Dialogue> make_dialogue(const GrpcCheck& check, const HttpTerms& terms,
                                        base::Duration time_limit) {
  H2Request request{.fields = {{":method", "POST"},
                               {":scheme", terms.under_tls ? "https" : "http"},
                               {":authority", check.host.empty() ? terms.authority : check.host},
                               {":path", "/grpc.health.v1.Health/Check"},
                               {"content-type", "application/grpc"},
                               {"te", "trailers"},
                               {"user-agent", "hapair"},
                               {"grpc-timeout", timeout_text(time_limit)}},
                    .body = encode_health_request(check.service)};
  return std::make_unique<H2Dialogue>(std::move(request), std::make_unique<HealthAnswer>());
}

}  // namespace hapair::check
