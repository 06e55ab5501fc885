PRAGMA cipher_log_level = NONE;
PRAGMA cipher_page_size = 4096;
PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
PRAGMA cipher_memory_security = OFF;
