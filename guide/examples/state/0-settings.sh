export GITHUB_CLIENT_ID=your-client-id GITHUB_CLIENT_SECRET=your-client-secret
