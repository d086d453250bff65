// The two sides' TLS: toward the agent with our authority's leaves, toward upstream verified. TLS 1.2 and 1.3.
#pragma once

#include <map>
#include <string>

#include "shield/egress/io/stream.hpp"
#include "shield/egress/tls/authority.hpp"

namespace anchorhold::egress {

// Who the client asked for, as its handshake showed.
struct ServerName {
    std::string expected;  // empty: any well-formed name is taken (the refusal address)
    std::string asked;     // SNI in lower case; empty: none was sent
};

class AgentTls {
  public:
    // `authority` must outlive it.
    static Result<AgentTls> create(Authority& authority);

    // Ready for Stream::handshake. A name that is missing, malformed or not the expected one ends the handshake with
    // the alert unrecognized_name. `name` must live as long as the handshake.
    Result<SslPtr> accept(ServerName& name) const;

  private:
    AgentTls(SslContext context) : context_(std::move(context)) {}
    SslContext context_;
};

class UpstreamTls {
  public:
    // The public roots: a PEM file in the image, read once, when the first server is called.
    static Result<UpstreamTls> create(const std::string& roots_file);

    // Ready for Stream::handshake: the chain and `host` will be verified. `more_roots` is PEM and may be empty.
    Result<SslPtr> connect(const std::string& host, const std::string& more_roots);

  private:
    explicit UpstreamTls(std::string roots_file) : roots_file_(std::move(roots_file)) {}
    void read_roots();
    Result<SSL_CTX*> context(const std::string& more_roots);

    std::string roots_file_;
    Owned<STACK_OF(X509), OSSL_STACK_OF_X509_free> roots_;
    std::map<std::string, SslContext> contexts_;  // by the roots they have besides the public ones
};

}  // namespace anchorhold::egress
