#include "shield/egress/tls/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "shield/profile/names.hpp"

namespace anchorhold::egress {
namespace {

using Bio = Owned<BIO, BIO_free>;

constexpr std::size_t kReadBuffer = 64UL * 1024;  // one recv(2) for several records

Result<SslContext> context_of(const SSL_METHOD* method, const char* groups) {
    SslContext context(SSL_CTX_new(method));
    if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
        SSL_CTX_set1_groups_list(context.get(), groups) != 1)
        return fail("set up", "TLS", 0, tls_problem());
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_default_read_buffer_len(context.get(), kReadBuffer);
    SSL_CTX_set_mode(context.get(),
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

// Where the callback finds the name of its connection.
int name_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

// Called for every handshake, also for one without SNI.
int choose_leaf(SSL* ssl, int* alert, void* argument) {
    auto& authority = *static_cast<Authority*>(argument);
    auto& name = *static_cast<ServerName*>(SSL_get_ex_data(ssl, name_index()));
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    const char* sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (sent == nullptr)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    const auto asked = profile::canonical_host(sent);
    name.asked = asked ? *asked : "(malformed)";
    if (!asked || (!name.expected.empty() && *asked != name.expected))
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    const auto leaf = authority.leaf(*asked);
    if (!leaf || SSL_use_certificate(ssl, *leaf) != 1 || SSL_use_PrivateKey(ssl, authority.leaf_key()) != 1) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    return SSL_TLSEXT_ERR_OK;
}

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void* /*argument*/) {
    static constexpr std::string_view ours = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()), ours.size(),
                              offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

}  // namespace

Result<AgentTls> AgentTls::create(Authority& authority) {
    // The inner hop never leaves the machine: no post-quantum group, which would cost 65 us a handshake.
    auto context = context_of(TLS_server_method(), "X25519:P-256");
    if (!context)
        return std::unexpected(context.error());
    SSL_CTX* it = context->get();
    SSL_CTX_set_num_tickets(it, 0);
    SSL_CTX_set_options(it, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Spelt out: the macros for these have C casts.
    SSL_CTX_callback_ctrl(it, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(choose_leaf));
    SSL_CTX_ctrl(it, SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, 0, &authority);
    SSL_CTX_set_alpn_select_cb(it, choose_protocol, nullptr);
    return AgentTls(std::move(*context));
}

Result<SslPtr> AgentTls::accept(ServerName& name) const {
    SslPtr ssl(SSL_new(context_.get()));
    if (!ssl || SSL_set_ex_data(ssl.get(), name_index(), &name) != 1)
        return fail("set up", "TLS connection", 0, tls_problem());
    SSL_set_accept_state(ssl.get());
    return ssl;
}

Result<UpstreamTls> UpstreamTls::create(const std::string& roots_file) {
    const Bio file(BIO_new_file(roots_file.c_str(), "r"));
    const CertificatePtr first(file ? PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!first)
        return fail("read roots", roots_file, 0, "no certificate in it; upstream could never be verified");
    return UpstreamTls(roots_file);
}

// Not before a server is called: decoding them takes longer than all else that egress does at its start.
void UpstreamTls::read_roots() {
    roots_.reset(sk_X509_new_null());
    const Bio file(BIO_new_file(roots_file_.c_str(), "r"));
    while (file) {
        CertificatePtr root(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
        if (!root || sk_X509_push(roots_.get(), root.get()) == 0)
            break;
        (void)root.release();  // the stack's now
    }
    ERR_clear_error();  // the end of the file is an error to PEM_read
}

Result<SSL_CTX*> UpstreamTls::context(const std::string& more_roots) {
    if (const auto known = contexts_.find(more_roots); known != contexts_.end())
        return known->second.get();
    auto made = context_of(TLS_client_method(), "*X25519MLKEM768:*X25519:P-256:P-384");
    if (!made)
        return std::unexpected(made.error());
    if (!roots_)
        read_roots();
    X509_STORE* store = SSL_CTX_get_cert_store(made->get());
    for (int i = 0; i < sk_X509_num(roots_.get()); ++i)
        X509_STORE_add_cert(store, sk_X509_value(roots_.get(), i));
    const Bio text(BIO_new_mem_buf(more_roots.data(), static_cast<int>(more_roots.size())));
    while (const CertificatePtr root{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)})
        X509_STORE_add_cert(store, root.get());
    ERR_clear_error();
    // A root that an operator names may be an intermediate or the server's own certificate.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    SSL_CTX_set_verify(made->get(), SSL_VERIFY_PEER, nullptr);
    static constexpr std::string_view protocols = "\x08http/1.1";
    SSL_CTX_set_alpn_protos(made->get(), reinterpret_cast<const unsigned char*>(protocols.data()), protocols.size());
    constexpr std::size_t most = 64;
    if (contexts_.size() >= most)
        contexts_.clear();
    return contexts_.emplace(more_roots, std::move(*made)).first->second.get();
}

Result<SslPtr> UpstreamTls::connect(const std::string& host, const std::string& more_roots) {
    const auto shared = context(more_roots);
    if (!shared)
        return std::unexpected(shared.error());
    SslPtr ssl(SSL_new(*shared));
    std::string name = host;
    if (!ssl || SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1 ||
        SSL_set1_host(ssl.get(), name.c_str()) != 1)
        return fail("set up", "TLS connection", 0, tls_problem());
    // RFC 9525: only subjectAltName says whose a certificate is, never the subject's common name.
    SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set_connect_state(ssl.get());
    return ssl;
}

}  // namespace anchorhold::egress
